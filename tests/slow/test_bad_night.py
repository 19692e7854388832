"""A night on which some twenty files are bad: all that was right stays, and each is named."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from benchmarks.bad_night import (
    HELD,
    STATE,
    Staged,
    checks_that_warn,
    outcomes,
    refresh,
    stage,
)  # fmt: skip
from pipelines.intake.holds import releases
from pipelines.release import publish
from pipelines.settings import Settings
from sample_data.generate import generate

VALUES = "select * from metrics.metric_value order by all"


def accepted(home: Path) -> dict[str, bytes]:
    """Return every file of accepted rows."""
    folder = home / "accepted"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.glob("*/period=*.parquet")}


def released(home: Path, query: str) -> list[tuple]:
    """Return the rows of a query on the current release."""
    now = publish.current_or_fail(Settings(home=home))
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as reader:
        return reader.execute(query).fetchall()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[Staged], str]:
    """Return a home before the bad night, the home after it, what was staged, and the log."""
    before, home = (tmp_path_factory.mktemp(name) / "home" for name in ("before", "after"))
    generate(STATE, before, workers=1)
    refresh(before)
    shutil.copytree(before, home, symlinks=True)
    staged = stage(home)
    return before, home, staged, refresh(home)


def test_each_bad_file_has_its_outcome_with_the_reason(night) -> None:
    _, home, staged, _ = night
    became = outcomes(home, staged)
    wrong = [(s.kind, became[s.place]) for s in staged if became[s.place][0] != s.outcome]
    assert wrong == []
    assert all(why for one in staged if one.outcome == HELD for why in [became[one.place][1]])


def test_what_was_accepted_stays_and_no_value_moves(night) -> None:
    before, home, *_ = night
    assert accepted(home) == accepted(before)
    assert released(home, VALUES) == released(before, VALUES)
    ids = [publish.current_or_fail(Settings(home=one)).release_id for one in (before, home)]
    assert ids[0] != ids[1]


def test_log_checks_changes_and_alert_name_the_files(night) -> None:
    _, home, staged, log = night
    changes = dict(
        released(home, "select kind, count(*) from quality.release_change group by kind")
    )
    for outcome in ("held", "rejected"):
        assert changes[f"file_{outcome}"] == sum(one.outcome == outcome for one in staged)
    for one in staged:
        if one.outcome == HELD:
            assert f"Held: {one.place}" in log
        elif one.outcome != "rejected":
            assert f"Not taken: landing/{one.place}" in log
    warn = checks_that_warn(home)
    assert warn["accepted/wage held_deliveries"].startswith("held: ")
    assert "accepted/credential every_file_taken" in warn
    alerts = [json.loads(path.read_text())["alert"] for path in (home / "alerts").glob("*.json")]
    told = next(one["happened"] for one in alerts if "File held" in one["happened"])
    assert "File rejected" in told


def test_a_person_releases_one_and_the_next_night_takes_it(night) -> None:
    _, home, staged, _ = night
    half = next(one for one in staged if one.kind == "half of the rows gone")
    feed, period, name = half.place.split("/")
    settings = Settings(home=home)
    releases.release(settings, Path(name).stem, "a school closed", feed, period)
    log = refresh(home)
    assert f"Held: {half.place}" not in log
    assert outcomes(home, [half])[half.place][0] == "accepted"
    [[current]] = released(
        home,
        "select count(*) from quality.delivery where is_current and feed = 'k12_enrollment' "
        f"and period = '{period}' and submitter = '{Path(name).stem}'",
    )
    assert current == 1
