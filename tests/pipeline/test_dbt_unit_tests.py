"""dbt's unit tests: hand-worked cases of every metric, run against the built warehouse's types."""

from pathlib import Path

from pipelines.release import dbt
from tests.pipeline.conftest import Home


def test_every_hand_worked_case_holds(refreshed: Home, tmp_path: Path) -> None:
    results = dbt.run(
        refreshed.settings,
        *("test", "--quiet", "--select", "resource_type:unit_test"),
        target=tmp_path,
    )
    assert not dbt.failures(results)
    results = [one for one in results if one.node.unique_id.startswith("unit_test.")]
    assert {str(result.status) for result in results} == {"pass"}
    assert len(results) >= 20
