"""A clean state's released numbers against what its generator knows to be true."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.reference.metrics.truth import against_faultless, pooled

REMOVED = ["E130", "T180", "T200", "T240", "T370", "T460"]
#: Rates of fewer people move by whole points with one link.
LEAST_PEOPLE, LARGEST_ERROR, LEAST_RATES = 100, 0.03, 80
BUILD = "build.duckdb"
YEARS = ["2015-16", "2016-17", "2017-18", "2018-19", "2019-20"]


@pytest.fixture(scope="module")
def persons(clean: Path) -> pl.DataFrame:
    """Return the state's true persons."""
    return pl.read_parquet(clean / "truth/person.parquet")


@pytest.fixture(scope="module")
def statewide(clean: Path) -> Callable[[str, str], dict[str, tuple[int, int]]]:
    """Return a function that gives a metric's numerator and denominator by cohort year."""

    def of(metric: str, version: str) -> dict[str, tuple[int, int]]:
        with duckdb.connect(str(clean / BUILD), read_only=True) as warehouse:
            rows = warehouse.execute(
                "select cohort_year, numerator, denominator from metrics.metric_value "
                "where region_scheme = 'statewide' and dimension = 'all' "
                "and student_group = 'all' and metric_id = ? and definition_version = ?",
                [metric, version],
            ).fetchall()
        return {year: (numerator, of_them) for year, numerator, of_them in rows if year in YEARS}

    return of


def true_counts(people: pl.DataFrame, year: str, numerator: pl.Expr) -> dict[str, tuple[int, int]]:
    """Return how many people there are by a year column, and how many of them count."""
    rows = people.group_by(year).agg(numerator.sum().cast(pl.Int64), pl.len().cast(pl.Int64)).rows()
    return {of: (yes, everyone) for of, yes, everyone in rows if of in YEARS}


def test_nothing_clean_is_quarantined(clean: Path) -> None:
    assert not list((clean / "quarantine").rglob("*.parquet"))
    assert pl.read_parquet(clean / "truth/corruptions.parquet").is_empty()
    assert not (clean / "late").exists()


def test_four_year_graduation_is_exactly_true(persons, statewide) -> None:
    stayed = persons.filter(~pl.col("exit_code").is_in(REMOVED).fill_null(False))
    deadline = pl.date(pl.col("expected_graduation_year").str.head(4).cast(pl.Int32) + 1, 8, 31)
    in_time = (pl.col("graduation_date") <= deadline).fill_null(False)
    assert statewide("four_year_graduation_rate", "acgr") == true_counts(
        stayed, "expected_graduation_year", in_time
    )


@pytest.mark.parametrize(
    ("metric", "version", "truth"),
    [
        ("cte_completion_rate", "v2_no_hours", "is_pathway_completer"),
        ("cte_completion_rate", "v1_300_hours", "is_pathway_completer_300_hours"),
    ],
)
def test_pathway_completers_among_graduates_are_exactly_true(
    persons, statewide, metric: str, version: str, truth: str
) -> None:
    graduates = persons.drop_nulls("graduation_date")
    assert statewide(metric, version) == true_counts(graduates, "graduation_year", pl.col(truth))


def test_concentrators_are_exactly_true(persons, statewide) -> None:
    graduates = persons.drop_nulls("graduation_date")
    concentrators = true_counts(graduates, "graduation_year", pl.col("is_cte_concentrator"))
    measured = statewide("pathway_completion_rate", "6_years")
    assert {year: of_them for year, (_, of_them) in measured.items()} == {
        year: yes for year, (yes, _) in concentrators.items()
    }


def left_in(day: pl.Expr) -> pl.Expr:
    """Return the academic year of a day."""
    start = day.dt.year() - (day.dt.month() < 7).cast(pl.Int32)
    return pl.format("{}-{}", start, ((start + 1) % 100).cast(pl.String).str.zfill(2))


@pytest.mark.parametrize(
    ("metric", "version", "cohort", "truth"),
    [
        (
            "dual_enrollment_participation_rate",
            "ever_in_high_school",
            pl.col("graduation_date").is_not_null(),
            "is_dual_enrolled",
        ),
        (
            "college_going_rate",
            "12_months",
            pl.col("is_completer"),
            "goes_to_college_within_year",
        ),
    ],
)
def test_what_needs_linkage_is_never_above_the_truth_and_little_below(
    persons, statewide, metric: str, version: str, cohort: pl.Expr, truth: str
) -> None:
    """Linkage misses a few whose names and numbers disagree too much; it must not find others."""
    people = persons.filter(cohort).with_columns(left=left_in(pl.col("high_school_exit_date")))
    expected = true_counts(people, "left", pl.col(truth))
    measured = statewide(metric, version)
    assert {y: n for y, (_, n) in measured.items()} == {y: n for y, (_, n) in expected.items()}
    for cohort, (numerator, _) in measured.items():
        true = expected[cohort][0]
        assert 0.93 * true <= numerator <= true, cohort


def test_every_rate_is_near_that_of_faultless_linkage(clean: Path) -> None:
    """Of every metric: on a clean state only linkage stands between the records and the truth."""
    rates = pooled(against_faultless(clean, clean / BUILD)).filter(
        (pl.col("statistic") == "rate") & (pl.col("n_true") >= LEAST_PEOPLE)
    )
    off = pl.col("measured") - pl.col("true")
    wrong = rates.filter(off.abs() > LARGEST_ERROR).with_columns(off=off)
    assert rates.height >= LEAST_RATES
    assert wrong.is_empty(), wrong.rows()
