"""What holds for every test: files are landed and taken at once, dbt has one thread.

Lives here: what several tiers read, filled once for all workers of a test run.
"""

import gc
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

os.environ["PATHWAYS_SETTLE_SECONDS"] = "0"
# Two processes of tests share two cores. 385 nodes of a small state took 81 s of processors with
# two threads of dbt and two of DuckDB, 77 with one of DuckDB, 53 with one of each. The default of
# two is what `tests/slow/test_surroundings.py` refreshes with.
os.environ["PATHWAYS_DBT_THREADS"] = "1"

# A test run holds some million objects that never go: looking for garbage among them as often as
# Python does took a tenth of all processor time.
gc.set_threshold(100_000, 50, 100)

Fill = Callable[[Path], object]


def fill_once(path: Path, fill: Fill) -> Path:
    """Return a folder that whoever asks for it first has filled, once and wholly."""
    done = path.with_suffix(".done")
    with FileLock(path.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
            fill(path)
            done.touch()
    return path


# One worker refreshes the home that most of `pipeline/` reads while the other does what needs none.
ORDER = ("tests/pipeline/test_refresh.py", "tests/linkage/", "tests/contracts/", "tests/pipeline/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files in an order in which no worker waits for another."""

    def turn(item: pytest.Item) -> int:
        return next((at for at, of in enumerate(ORDER) if item.nodeid.startswith(of)), len(ORDER))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def default_state(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the synthetic state of the default size and dirt. Read it; do not change it."""
    from sample_data.control import Control
    from sample_data.generate import generate

    folder = tmp_path_factory.getbasetemp()
    common = folder if worker_id == "master" else folder.parent
    return fill_once(common / "default_state", lambda path: generate(Control(), path, workers=1))
