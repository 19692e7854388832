"""dbt's unit tests: hand-worked cases of every metric, run against the built warehouse's types."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipelines.settings import DBT_PROJECT
from tests.pipeline.conftest import Home


def test_every_hand_worked_case_holds(refreshed: Home, tmp_path: Path) -> None:
    # What the refresh parsed, in the same environment: dbt parses nothing again, which costs 7 s.
    shutil.copy(refreshed.settings.dbt_target / "partial_parse.msgpack", tmp_path)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("dbt"),
            "test",
            *("--select", "resource_type:unit_test"),
            *("--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT),
            *("--target-path", tmp_path, "--log-path", tmp_path),
        ],
        env=os.environ | {"PATHWAYS_HOME": str(refreshed.path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    results = json.loads((tmp_path / "run_results.json").read_text())["results"]
    results = [one for one in results if one["unique_id"].startswith("unit_test.")]
    assert {result["status"] for result in results} == {"pass"}
    assert len(results) >= 20
