"""A home of version 0.1 goes on: its ledger takes over `_made.json`, and nothing is lost.

The home in tests/fixtures was made by version 0.1 from a synthetic state. Of `k12_enrollment`
2016-17, 1990000 was corrected, 4390004 is no longer landed, 3390003 has a quarantined row, and
1090006 sent an empty file afterwards. `college_enrollment` 2018-19 is closed, and 910000 sent
another file since.
"""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipelines.home import code_version
from pipelines.home.snapshot import Damaged
from pipelines.intake import ledger, upgrade
from pipelines.intake.accept import accept
from pipelines.intake.pending import ForceOptions, scan_pending
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS

K12, COLLEGE = ("k12_enrollment", "2016-17"), ("college_enrollment", "2018-19")
WAGE = ("wage", "2021Q1")
KEY = "fixture-key-" * 3
ROWS = ("feed", "submitter", "accepted_rows")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch) -> Settings:
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", KEY)
    shutil.copytree(PROJECT / "tests" / "fixtures" / "home_0_1", tmp_path / "home")
    return Settings(home=tmp_path / "home")


def current(settings: Settings) -> list[tuple]:
    rows = ledger.deliveries(settings.ledger).filter("is_current")
    return rows.select(ROWS).sort(ROWS).rows()


CURRENT = [
    ("college_enrollment", "910000", 10),
    ("college_enrollment", "910003", 6),
    ("college_enrollment", "920001", 9),
    ("k12_enrollment", "1090006", 8),
    ("k12_enrollment", "1990000", 21),
    ("k12_enrollment", "3390003", 11),
    ("k12_enrollment", "4390004", 16),
    ("wage", "workforce_agency", 56),
]


def pending(settings: Settings) -> set[tuple[str, str]]:
    return {
        (feed, delivery.submitter)
        for feed, intakes in scan_pending(settings).items()
        for intake in intakes
        for delivery in [*intake.judge, *(one for one, _ in intake.refuse)]
    }


def made(settings: Settings) -> list[Path]:
    return list(settings.accepted.glob("*/*/_made.json"))


def of_old_code(settings: Settings, monkeypatch) -> None:
    """Let today's gate have the version that the home was made under."""
    versions = {
        path.parents[1].name: next(iter(json.loads(path.read_text())["taken"].values()))["under"]
        for path in made(settings)
    }
    monkeypatch.setattr(code_version, "gate", lambda feed: versions.get(feed, ""))


def test_it_reads_in_todays_words_before_anything_is_written(settings) -> None:
    assert current(settings) == CURRENT
    records = ledger.deliveries(settings.ledger)
    assert records.schema == ledger.DELIVERY_SCHEMA
    rejected = records.filter(pl.col("status") == ledger.REJECTED)
    assert sorted(rejected["reasons"].to_list()) == [["file:closed_period"], ["file:empty"]]
    assert made(settings)


def test_what_was_done_is_not_done_again_under_the_same_gate(settings, monkeypatch) -> None:
    of_old_code(settings, monkeypatch)
    assert pending(settings) == set()
    assert not made(settings)
    assert pending(settings) == set()


def test_todays_gate_takes_all_but_closed_periods_again_and_loses_nothing(settings) -> None:
    accepted = {path: pl.read_parquet(path) for path in settings.accepted.glob("*/*/*.parquet")}
    identity = {path: pl.read_parquet(path) for path in settings.identity.glob("*/*/*.parquet")}
    assert pending(settings) == {
        ("k12_enrollment", "1090006"),
        ("k12_enrollment", "1990000"),
        ("k12_enrollment", "3390003"),
        ("wage", "workforce_agency"),
    }
    for feed, period in (K12, COLLEGE, WAGE):
        accept(settings, FEEDS[feed], [period])
    assert pending(settings) == set()
    assert current(settings) == CURRENT
    assert ledger.deliveries(settings.ledger).height == 11
    assert len(accepted) == len(CURRENT)
    for path, rows in (accepted | identity).items():
        stored = pl.read_parquet(path.parent.with_suffix(".parquet")).filter(submitter=path.stem)
        assert stored.select(rows.columns).equals(rows, null_equal=True)
    assert not list(settings.root.glob("[aiq]*/*/period=*/"))


def test_every_accepted_row_gets_the_id_that_the_gate_gives_it(settings) -> None:
    scan_pending(settings)
    files = sorted(settings.accepted.glob("*/period=*.parquet"))
    upgraded = {path: pl.read_parquet(path) for path in files}
    assert sum(rows["submitter"].n_unique() for rows in upgraded.values()) == len(CURRENT)
    assert all(is_intact_in_the_ledger(settings, path) for path in upgraded)
    college = FEEDS[COLLEGE[0]]
    accept(settings, college, [COLLEGE[1]], ForceOptions(is_on=True, closed_because="a test"))
    for path, rows in upgraded.items():
        ids = rows["record_id"]
        assert ids.is_unique().all() and ids.str.contains("^[0-9a-f]{20}$").all()
        # 910000 has sent another file since the period was closed.
        kept = rows.filter(pl.col("submitter") != "910000")
        now = pl.read_parquet(path).filter(pl.col("submitter") != "910000")
        assert now["record_id"].equals(kept["record_id"])


def is_intact_in_the_ledger(settings: Settings, path: Path) -> bool:
    outputs = ledger.deliveries(settings.ledger)["outputs"].drop_nulls().explode().to_list()
    mine = [one for one in outputs if one["path"] == str(path.relative_to(settings.root))]
    return bool(mine) and all(ledger.is_intact(settings.root, one) for one in mine)


def test_rows_that_landing_can_not_bring_back_are_still_watched_over(settings) -> None:
    scan_pending(settings)
    (settings.accepted / K12[0] / f"period={K12[1]}.parquet").unlink()
    with pytest.raises(Damaged, match="2016-17/4390004"):
        accept(settings, FEEDS[K12[0]], [K12[1]])


def test_a_damaged_ledger_comes_back_from_its_copy_of_then(settings) -> None:
    name = f"delivery/{K12[0]}/period={K12[1]}.parquet"
    copy = settings.ledger / "copy" / name
    copy.parent.mkdir(parents=True)
    shutil.copy(settings.ledger / name, copy)
    (settings.ledger / name).write_bytes(b"PAR1")
    scan_pending(settings)
    assert current(settings) == CURRENT


def test_one_that_died_half_way_begins_anew(settings, monkeypatch) -> None:
    of_old_code(settings, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(upgrade.ledger, "snapshot", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            upgrade.upgrade(settings)
    assert made(settings)
    assert pending(settings) == set()
    assert not made(settings)
