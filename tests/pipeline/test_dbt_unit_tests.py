"""dbt's unit tests: hand-worked cases of every metric, run against the built warehouse's types."""

import shutil
from pathlib import Path

from pipelines.release import dbt
from tests.pipeline.conftest import Home


def test_every_hand_worked_case_holds(refreshed: Home, tmp_path: Path) -> None:
    # Of a copy: dbt holds the files it writes to, which other tests read.
    for path in refreshed.settings.built:
        shutil.copy(path, tmp_path)
    results = dbt.run(
        refreshed.settings,
        *("test", "--quiet", "--select", "resource_type:unit_test"),
        build=tmp_path,
        target=tmp_path,
    )
    assert not dbt.failures(results)
    results = [one for one in results if one.node.unique_id.startswith("unit_test.")]
    assert {str(result.status) for result in results} == {"pass"}
    assert len(results) >= 20
