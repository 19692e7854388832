"""A small state, refreshed once; and how its next night ends when nobody disturbs it."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.home.lock import writing
from pipelines.settings import PROJECT, Settings
from sample_data.control import Control
from sample_data.generate import generate
from tests.faults.homes import Home, Tables

# Few students in few years: a refresh is nearly all of a case. This many make a file in every room.
STATE = Control(
    students=100, cohorts=3, last_academic_year=2020, first_wage_year=2018, wage_quarters=16
)


@dataclass(frozen=True)
class Night:
    """A home whose late files have landed, and what its refresh makes of them.

    Attributes:
        home: The home before that refresh.
        before: Tables that readers have before it.
        after: Tables that readers have after it.
        accepted_before: Hash of every accepted file before it.
        accepted_after: Hash of every accepted file after it.
        operations: File operations of that refresh, by room.
        lines: Lines it prints.
    """

    home: Home
    before: Tables
    after: Tables
    accepted_before: dict[str, int]
    accepted_after: dict[str, int]
    operations: dict[str, int]
    lines: int


def make(before: Home, undisturbed: Home, counts: Path) -> None:
    """Make a home whose late files have landed, and another where they were refreshed."""
    (before.path / "dagster").mkdir(parents=True)
    shutil.copy(PROJECT / "pipelines/dagster.yaml", before.path / "dagster")
    generate(STATE, before.path)
    assert before.refresh() == 0, before.log.read_text()[-5000:]
    before.late()
    before.copy(undisturbed.path)
    assert undisturbed.start(counts=str(counts)).end() == 0


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Night:
    """Return a home to copy and disturb, made once for all workers. Do not change it."""
    os.environ["PATHWAYS_TOKEN_KEY"] = "f" * 64
    folder = tmp_path_factory.getbasetemp()
    folder = folder if worker_id == "master" else folder.parent
    before, undisturbed = Home(folder / "before"), Home(folder / "undisturbed")
    counts = folder / "counts"
    with writing(Settings(home=folder, lock_wait_seconds=1800), "another worker"):
        if not counts.exists():
            make(before, undisturbed, counts)
    after = undisturbed.tables()
    assert after != before.tables()
    return Night(
        before,
        before.tables(),
        after,
        before.accepted(),
        undisturbed.accepted(),
        json.loads(counts.read_text()),
        undisturbed.log.read_bytes().count(b"\n"),
    )


@pytest.fixture
def home(night: Night, tmp_path: Path) -> Home:
    """Return a copy of the home, to be disturbed."""
    made = night.home.copy(tmp_path / "home")
    yield made
    shutil.rmtree(made.path, ignore_errors=True)


def stands(home: Home, night: Night) -> None:
    """Assert that readers have a complete release and nothing accepted is lost."""
    assert home.tables() in (night.before, night.after)
    now = home.accepted()
    assert set(now) >= set(night.accepted_before)
    for name, rows in now.items():
        assert rows in (night.accepted_before.get(name), night.accepted_after.get(name)), name


def ends_well(home: Home, night: Night, **disturbed: object) -> None:
    """Assert that the next refresh finishes the work as if nothing had happened."""
    assert home.refresh(**disturbed) == 0, home.log.read_text()[-5000:]
    assert home.tables() == night.after
    assert home.accepted() == night.accepted_after
