"""References between feeds: who has a parent, and bounds on either side."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.checks.references import MatchCount, judge, match_counts, references_found
from pipelines.intake.deidentify import accepted_schema
from schemas import FEEDS
from tests.unit.checks.cases import current, inputs

PATHWAY = FEEDS["k12_pathway"]
[ENROLLED] = PATHWAY.references


def accept(root: Path, feed: str, period: str, people: int) -> None:
    path = root / "accepted" / feed / f"period={period}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = pl.DataFrame({"source_person_key": [str(n) for n in range(people)]})
    keys.with_columns(pl.lit(period).alias("academic_year")).write_parquet(path)


def pathway(root: Path, enrolled: int, of: int = 100, period: str = "2018-19") -> list[MatchCount]:
    accept(root, "k12_pathway", period, of)
    accept(root, "k12_enrollment", "2018-19", enrolled)
    return match_counts(root / "accepted", PATHWAY, ENROLLED)


@pytest.mark.parametrize(
    ("enrolled", "passed", "stops"),
    [(95, True, False), (94, False, False), (75, False, False), (74, False, True)],
)
def test_students_of_pathways_are_enrolled(tmp_path: Path, enrolled, passed, stops) -> None:
    [count] = pathway(tmp_path, enrolled)
    assert (count.rows, count.matched) == (100, enrolled)
    rows = current(("2018-19", "x", 100), feed="k12_pathway")
    result = references_found(PATHWAY, inputs(rows, home=tmp_path))
    assert (result.passed, result.stops) == (passed, stops)
    assert not references_found(PATHWAY, inputs(rows, home=tmp_path, may_lose=True)).stops


def test_a_student_enrolled_in_another_year_has_no_parent_and_few_rows_are_not_judged(
    tmp_path: Path,
) -> None:
    [count] = pathway(tmp_path / "other", 100, period="2017-18")
    assert count.matched == 0
    assert judge(pathway(tmp_path / "few", 0, of=29)).passed
    assert not judge(pathway(tmp_path / "enough", 0, of=30)).passed


def test_without_its_parent_a_feed_stops_and_a_feed_nobody_delivered_does_not(
    tmp_path: Path,
) -> None:
    accept(tmp_path, "k12_pathway", "2018-19", 40)
    assert judge(match_counts(tmp_path / "accepted", PATHWAY, ENROLLED)).stops
    assert judge(match_counts(tmp_path / "none", PATHWAY, ENROLLED)).passed


def test_every_reference_is_of_a_feed_and_of_columns_that_are_there(tmp_path: Path) -> None:
    for name, feed in FEEDS.items():
        path = tmp_path / name / "period=2018-19.parquet"
        path.parent.mkdir(parents=True)
        accepted_schema(feed).write_parquet(path)
    for feed in FEEDS.values():
        for reference in feed.references:
            assert match_counts(tmp_path, feed, reference) == []
            assert 0 < reference.stop_below < reference.warn_below < 1
