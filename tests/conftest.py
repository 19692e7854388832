"""What holds for every test: files are landed and taken at once, dbt has one thread.

Lives here: what several tiers read, filled once for all workers of a test run.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

os.environ["PATHWAYS_SETTLE_SECONDS"] = "0"
# Two processes of tests share two cores. 385 nodes of a small state took 81 s of processors with
# two threads of dbt and two of DuckDB, 77 with one of DuckDB, 53 with one of each.
os.environ["PATHWAYS_DBT_THREADS"] = "1"

Fill = Callable[[Path], object]


@pytest.fixture(scope="session")
def filled_once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Fill], Path]:
    """Return a function that has a folder filled by whichever worker asks for it first."""
    folder = tmp_path_factory.getbasetemp()
    common = folder if worker_id == "master" else folder.parent

    def fill_once(name: str, fill: Fill) -> Path:
        path, done = common / name, common / f"{name}.done"
        with FileLock(common / f"{name}.lock"):
            if not done.exists():
                path.mkdir()
                fill(path)
                done.touch()
        return path

    return fill_once


@pytest.fixture(scope="session")
def default_state(filled_once: Callable[[str, Fill], Path]) -> Path:
    """Return the synthetic state of the default size and dirt. Read it; do not change it."""
    from sample_data.control import Control
    from sample_data.generate import generate

    return filled_once("default_state", lambda path: generate(Control(), path, workers=1))
