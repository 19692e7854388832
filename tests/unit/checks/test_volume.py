"""Row floors, drops against the last delivery, and what is due: a case on either side of each."""

from datetime import date

import polars as pl
import pytest

from pipelines.checks import volume
from schemas import FEEDS
from tests.unit.checks.cases import K12, current, inputs


@pytest.mark.parametrize(
    ("feed", "accepted", "passed"),
    [("wage", 10, True), ("wage", 9, False), ("k12_enrollment", 1, True)],
)
def test_a_period_has_its_floor_of_rows(feed: str, accepted: int, passed: bool) -> None:
    rows = current(("a", "x", accepted), ("b", "x", 500), feed=feed)
    result = volume.row_floor(FEEDS[feed], inputs(rows))
    assert (result.passed, result.stops) == (passed, not passed)


def test_an_emptied_period_is_below_any_floor_unless_it_may_lose() -> None:
    rows = current(("2018-19", "x", 0), ("2018-19", "y", 0), ("2019-20", "x", 3))
    result = volume.row_floor(K12, inputs(rows))
    assert result.findings == [{"period": "2018-19", "accepted_rows": 0, "floor": 1}]
    assert result.stops
    allowed = volume.row_floor(K12, inputs(rows, may_lose=True))
    assert (allowed.passed, allowed.stops) == (False, False)


def test_an_agencys_own_file_without_a_record_of_the_feed_is_below_no_floor() -> None:
    rows = current(("2018-19", "x", 0), ("2019-20", "x", 3)).with_columns(
        delivered_rows=pl.col("accepted_rows")
    )
    assert volume.row_floor(K12, inputs(rows)).passed
    # All rows of it are quarantined.
    spoilt = rows.with_columns(delivered_rows=pl.col("accepted_rows") + 1)
    assert volume.row_floor(K12, inputs(spoilt)).stops


def test_a_smaller_year_warns_and_does_not_stop() -> None:
    rows = current(("2017-18", "x", 100), ("2018-19", "x", 49), ("2018-19", "y", 1))
    result = volume.rows_by_submitter(K12, inputs(rows))
    assert [f["period_before"] for f in result.findings] == ["2017-18"]
    assert not result.stops
    half = current(("2017-18", "x", 100), ("2018-19", "x", 50))
    assert volume.rows_by_submitter(K12, inputs(half)).passed
    few = current(("2017-18", "x", 49), ("2018-19", "x", 1))
    assert volume.rows_by_submitter(K12, inputs(few)).passed


def test_a_drop_that_is_released_is_not_listed_again() -> None:
    rows = current(("2017-18", "x", 100), ("2018-19", "x", 1))
    released = {"feed": K12.name, "period": "2018-19", "delivery_sha256": "2018-19x"}
    manifest = {"deliveries": [released]}
    assert volume.rows_by_submitter(K12, inputs(rows, manifest=manifest)).passed
    other = {"deliveries": [released | {"feed": "wage"}]}
    assert not volume.rows_by_submitter(K12, inputs(rows, manifest=other)).passed


@pytest.mark.parametrize(
    ("feed", "day", "due"),
    [
        ("wage", date(2024, 7, 3), "2023Q4"),
        ("wage", date(2024, 7, 2), "2023Q3"),
        ("k12_enrollment", date(2024, 10, 28), "2023-24"),
        ("k12_enrollment", date(2024, 10, 27), "2022-23"),
    ],
)
def test_a_period_is_due_some_days_after_its_end(feed: str, day: date, due: str) -> None:
    assert volume.last_due(FEEDS[feed], day) == due


def test_who_delivered_last_time_is_expected_this_time() -> None:
    def missing(*rows: tuple[str, str, int]) -> list:
        today = date(2024, 12, 1)
        result = volume.delivered_on_time(K12, inputs(current(*rows), today=today))
        assert not result.stops
        return [finding["submitter"] for finding in result.findings]

    year_before = [("2022-23", "x", 9), ("2022-23", "y", 9)]
    assert missing(*year_before, ("2023-24", "x", 9)) == ["y"]
    assert missing(*year_before, ("2023-24", "x", 9), ("2023-24", "y", 9)) == []
    assert missing(("2019-20", "x", 9), ("2018-19", "z", 9)) == ["x"]
    never = current(*year_before).clear()
    assert volume.delivered_on_time(K12, inputs(never)).passed
