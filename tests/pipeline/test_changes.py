"""Changed files after the first refresh: they alone are taken; closed periods stay as they were.

Lives here: everything that needs a whole refresh after a change, on one home.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines.checks.release_gate import decide, what_stops
from pipelines.defs.checks import check_inputs
from pipelines.intake import closures
from pipelines.intake.holds import releases
from pipelines.release import build_plan, publish
from pipelines.release.build_files import scrub
from schemas import FEEDS
from tests.pipeline.conftest import Home, snapshot
from tests.pipeline.test_column_lineage import metadata_of

PERIOD, CLOSED_PERIOD = "2016-17", "2017-18"
LAYERS = ("accepted", "quarantine", "identity")


def times(home: Home) -> dict[tuple[str, str], int]:
    """Return when each file of accepted, quarantined and identifying rows was written."""
    return {
        (layer, str(path.relative_to(home.path / layer))): path.stat().st_mtime_ns
        for layer in LAYERS
        for path in (home.path / layer).rglob("period=*.parquet")
    }


def drop_last_row(home: Home, period: str) -> Path:
    """Take the last row out of a district's file and return the file."""
    landed = sorted((home.path / "landing/work_based_learning" / period).glob("*.csv"))[0]
    frame = pl.read_csv(landed, infer_schema=False)
    frame.head(frame.height - 1).write_csv(landed)
    return landed


def wage_files(home: Home) -> list[Path]:
    return sorted((home.path / "landing/wage").glob("*/*.csv"))


@dataclass(frozen=True)
class Night:
    """A home after a refresh that met two changed files, one of them of a closed period.

    Of every file of wages it met the first twenty rows alone.

    Attributes:
        home: The home.
        landed: The changed file.
        closed: The changed file of the closed period.
        written: When each file was written, before the refresh.
        tests: Tests of the build before the refresh.
    """

    home: Home
    landed: Path
    closed: Path
    written: dict[tuple[str, str], int]
    tests: Mapping[str, str]

    def queried(self, query: str, *values: str) -> list[tuple]:
        """Return the rows of a query of the current release."""
        current = publish.current(self.home.settings)
        assert current
        with duckdb.connect(str(current.folder / publish.WAREHOUSE), read_only=True) as reader:
            return reader.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def night(refreshed: Home, copy_of: Callable[[Home], Home]) -> Night:
    """Return a copy of the refreshed home after such a refresh."""
    home = copy_of(refreshed)
    built = build_plan.last(home.settings)
    assert built
    closures.declare(
        home.settings, closures.CLOSED, CLOSED_PERIOD, "work_based_learning", "reported"
    )
    landed, closed = (drop_last_row(home, period) for period in (PERIOD, CLOSED_PERIOD))
    for path in wage_files(home):
        pl.read_csv(path, infer_schema=False).head(20).write_csv(path)
    before = times(home)
    assert home.refresh().success
    return Night(home, landed, closed, before, built.tests)


def test_one_changed_file_among_hundreds_is_taken_alone(night: Night) -> None:
    file = f"work_based_learning/period={PERIOD}.parquet"
    after = times(night.home)
    changed = {place for place, at in after.items() if night.written.get(place) != at}
    assert ("accepted", file) in changed
    assert changed <= {(layer, file) for layer in LAYERS}
    assert set(night.written) <= set(after) | {("quarantine", file)}
    assert {step for step in night.home.steps() if step.startswith("accepted")} == {
        "accepted__work_based_learning", "accepted__wage"
    }  # fmt: skip
    # Nothing that reads wages was built or reported again, and all of it is in the release with its
    # tests.
    assert metadata_of(night.home, "marts", "fct_work_based_learning")["rebuilt"].value == "persons"
    wages = dg.AssetKey(["marts", "fct_wage"])
    assert night.home.instance.get_latest_materialization_event(wages) is None
    current = publish.current(night.home.settings)
    assert current
    assert set(current.manifest["checks"]) == set(night.tests)
    counted = night.queried(
        "select count(*) filter (where is_current), "
        "count(*) filter (where superseded_by is not null and superseded_at is not null) "
        "from quality.delivery where feed = 'work_based_learning' and period = ? "
        "and submitter = ?",
        PERIOD,
        night.landed.stem,
    )
    assert counted == [(1, 1)]


def test_blocks_of_replaced_rows_are_in_no_release(night: Night) -> None:
    layout = scrub._layout(build := night.home.settings.build)
    assert layout
    content, start, size = build.read_bytes(), scrub._START, layout.size
    free = [content[start + block * size :][:size] for block in layout.free]
    assert not any(map(any, free))


def test_a_release_says_which_rows_are_gone_before_the_values_that_moved(night: Night) -> None:
    [first, *_] = night.queried(
        "select kind, feed, period, submitter, value_before - value_after, is_warning "
        "from quality.release_change where kind <> 'late' order by change_number"
    )
    assert first == ("rows_lost", "work_based_learning", PERIOD, night.landed.stem, 1, True)
    # A person gets it too, and the UI and the log have the same lines.
    current = publish.current(night.home.settings)
    assert current
    alerts = [path.read_text() for path in night.home.settings.alerts.glob("*.json")]
    [alert] = [text for text in alerts if current.release_id in text]
    assert "Rows lost: 1. First: " in alert
    assert any("Rows lost: 1. First: " in message for message in night.home.messages())


def test_a_closed_period_turns_changes_away_and_says_so(night: Night) -> None:
    file = f"work_based_learning/period={CLOSED_PERIOD}.parquet"
    assert times(night.home)["accepted", file] == night.written["accepted", file]
    rejected = night.queried(
        "select status, reasons from quality.delivery where feed = 'work_based_learning' "
        "and period = ? and submitter = ? and not is_current",
        CLOSED_PERIOD,
        night.closed.stem,
    )
    assert rejected == [("rejected", ["file:closed_period"])]
    notes = night.home.path / f"quarantine/files/work_based_learning/period={CLOSED_PERIOD}"
    assert any(
        "is closed" in note.read_text() for note in notes.glob(f"{night.closed.stem}__*.json")
    )


def test_a_worse_delivery_waits_and_the_accepted_one_stays_current(night: Night) -> None:
    n = len(wage_files(night.home))
    assert len(releases.waiting(night.home.settings)) == n
    listed = night.queried(
        "select status, is_current, count(*) from quality.delivery where feed = 'wage' "
        "group by all order by all"
    )
    assert listed == [("accepted", True, n), ("held", False, n)]
    [(said,)] = night.queried(
        "select sentence from quality.release_change where kind = 'file_held' and period = '2020Q2'"
    )
    assert "20 accepted rows in place of" in said
    alerts = [path.read_text() for path in night.home.settings.alerts.glob("*.json")]
    assert any(f"File held: {n}. First: wage/" in alert for alert in alerts)
    assert any("accepted/wage held_deliveries" in alert for alert in alerts)


def test_a_released_feed_may_lose_its_rows_only_if_that_is_allowed(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one: it lets in what the night held."""
    settings, why = night.home.settings, "a pilot of twenty"
    first, *others = [
        {name: row[name] for name in ("submitter", "feed", "period")}
        for row in releases.waiting(settings)
    ]
    ops = {"release_delivery": {"config": first | {"reason": why}}}
    assert night.home.run("release_held_delivery", {"ops": ops}).success
    for one in others:
        releases.release(settings, one["submitter"], why, one["feed"], one["period"])
    before = snapshot(night.home)
    result = night.home.refresh()
    assert not result.success
    assert "rows are left of" in str(result.failure_data_for_node("refresh_everything"))
    assert snapshot(night.home) == before

    assert decide(FEEDS["wage"], check_inputs(settings)).stops
    monkeypatch.setenv("PATHWAYS_ACCEPT_LOSS_OF", '["wage"]')
    inputs = check_inputs(night.home.settings)
    assert decide(FEEDS["wage"], inputs).stops == ()
    assert what_stops(inputs) == []


def test_a_forced_refresh_asks_for_a_reason(changed: Home) -> None:
    assert not changed.run("force_refresh").success
    assert changed.steps() == {"refresh_everything"}
