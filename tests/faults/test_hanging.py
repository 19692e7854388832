"""A run that hangs is ended: one of the command line by itself, one of the UI by the daemon."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines.settings import PROJECT
from tests.faults.conftest import Night, ends_well, stands
from tests.faults.homes import Home

HANGS = """
import time
import dagster as dg

@dg.op
def hang():
    time.sleep(3600)

@dg.job(tags={"dagster/max_runtime": "5"})
def hangs():
    hang()

defs = dg.Definitions(jobs=[hangs])
"""


def test_a_refresh_that_takes_too_long_ends_itself(home: Home, night: Night) -> None:
    hours = 5 / 3600
    assert home.refresh(hours=hours) != 0
    assert "Timeout" in home.log.read_text()
    stands(home, night)
    ends_well(home, night)


def test_the_daemon_ends_a_run_that_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    shutil.copy(PROJECT / "pipelines/dagster.yaml", tmp_path)
    (tmp_path / "hangs.py").write_text(HANGS)
    tool = Path(sys.executable).with_name("dagster")
    # Two processes that make an instance's SQLite files at once are in each other's way.
    dg.DagsterInstance.get().dispose()
    daemon = subprocess.Popen(
        [tool.with_name("dagster-daemon"), "run", "--python-file", "hangs.py"],
        cwd=tmp_path,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        launch = [tool, "job", "launch", "--python-file", "hangs.py", "--job", "hangs"]
        subprocess.run(launch, cwd=tmp_path, env=os.environ, check=True, capture_output=True)
        with dg.DagsterInstance.get() as instance:
            until = time.monotonic() + 600
            while time.monotonic() < until:
                [run] = instance.get_runs()
                if run.is_finished:
                    break
                time.sleep(1)
            assert run.status in (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)
    finally:
        daemon.terminate()
        daemon.wait(60)
