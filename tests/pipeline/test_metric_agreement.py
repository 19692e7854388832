"""The released metrics against a second implementation, against themselves, and against truth.

`tests.reference_metrics` computes every metric again from the accepted feeds; the warehouse must
hold the same cells with the same numbers. The rest are promises that hold for any state's data,
and a comparison of the reference under faultless linkage with what the generator made happen.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.reference_metrics import compute
from tests.reference_metrics.cells import CERTAIN, COVERAGE, KEYS
from tests.reference_metrics.cells import COLUMNS as VALUE_COLUMNS
from tests.reference_metrics.equity import COLUMNS as EQUITY_COLUMNS
from tests.reference_metrics.truth import perfect_crosswalk, true_counts

RELATIVE_TOLERANCE = 1e-9
#: Below this a difference is rounding noise around zero, e.g. a Wilson bound of a rate of 0.
ABSOLUTE_TOLERANCE = 1e-12
SHOWN = 12

DISJOINT_GROUP_TYPES = (
    "race_ethnicity",
    "gender",
    "race_gender",
    "economically_disadvantaged",
    "english_learner",
    "disability",
    "foster",
    "homeless",
)
COUNTS = ["numerator", "denominator", *CERTAIN, *COVERAGE]


@pytest.fixture(scope="module")
def reference(refreshed_home: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the reference's metric values and equity rows."""
    return compute(refreshed_home)


@pytest.fixture(scope="module")
def metric_value(refreshed_home: Path) -> pl.DataFrame:
    """Return the released `metrics.metric_value`."""
    return released(refreshed_home, "metrics.metric_value", VALUE_COLUMNS)


@pytest.fixture(scope="module")
def metric_equity(refreshed_home: Path) -> pl.DataFrame:
    """Return the released `metrics.metric_equity`."""
    return released(refreshed_home, "metrics.metric_equity", EQUITY_COLUMNS)


def released(home: Path, table: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the named columns of a table of the current release."""
    path = home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as warehouse:
        return warehouse.sql(f"select {', '.join(columns)} from {table}").pl()


def readable(frame: pl.DataFrame) -> str:
    """Return the first rows in full, a line each: the cell's keys, then every other column."""
    lines = []
    for row in frame.head(SHOWN).to_dicts():
        cell = " / ".join(row.pop(k) for k in KEYS if k in row)
        lines.append(f"  {cell}: " + ", ".join(f"{k}={v}" for k, v in row.items()))
    rest = frame.height - len(lines)
    return "\n".join([*lines, *([f"  … and {rest} more"] if rest > 0 else [])])


def differences(expected: pl.DataFrame, found: pl.DataFrame) -> str:
    """Return a description of every kind of difference between two tables of cells, or ''.

    Counts, flags and dates must be equal; floating-point columns to a relative 1e-9.
    """
    problems = []
    if duplicated := found.filter(found.select(KEYS).is_duplicated()).height:
        problems.append(f"{duplicated} rows of the warehouse share a key")
    for side, rows in (
        ("only the reference has", expected.join(found, on=KEYS, how="anti")),
        ("only the warehouse has", found.join(expected, on=KEYS, how="anti")),
    ):
        if rows.height:
            counts = rows.group_by("metric_id", "definition_version").len().sort("metric_id")
            cells = readable(rows.sort(KEYS))
            problems.append(f"{side} {rows.height} cells\n{readable(counts)}\nfirst:\n{cells}")
    both = expected.join(found, on=KEYS, suffix="_found")
    for column in [c for c in expected.columns if c not in KEYS]:
        ours, theirs = pl.col(column), pl.col(f"{column}_found")
        unequal = both.filter(~_same(expected.schema[column], ours, theirs))
        if unequal.height:
            shown = unequal.sort(KEYS).select(*KEYS, reference=ours, warehouse=theirs)
            metrics = ", ".join(sorted(unequal["metric_id"].unique()))
            problems.append(
                f"{column}: {unequal.height} of {both.height} cells differ, in {metrics}\n"
                f"{readable(shown)}"
            )
    return "\n\n".join(problems)


def _same(dtype: pl.DataType, ours: pl.Expr, theirs: pl.Expr) -> pl.Expr:
    if not dtype.is_float():
        return ours.eq_missing(theirs.cast(dtype))
    theirs = theirs.cast(pl.Float64)
    allowed = pl.max_horizontal(ours.abs() * RELATIVE_TOLERANCE, pl.lit(ABSOLUTE_TOLERANCE))
    both_null = ours.is_null() & theirs.is_null()
    return both_null | ((ours - theirs).abs() <= allowed).fill_null(False)


def test_metric_value_agrees_with_the_reference(
    reference: tuple[pl.DataFrame, pl.DataFrame], metric_value: pl.DataFrame
) -> None:
    expected, _ = reference
    assert expected.height > 0
    problems = differences(expected, metric_value)
    assert not problems, f"\n{problems}"


def test_metric_equity_agrees_with_the_reference(
    reference: tuple[pl.DataFrame, pl.DataFrame], metric_equity: pl.DataFrame
) -> None:
    _, expected = reference
    assert expected.height > 0
    problems = differences(expected, metric_equity)
    assert not problems, f"\n{problems}"


def test_every_metric_has_complete_cohorts(metric_value: pl.DataFrame) -> None:
    """An empty or never-complete metric would pass every other test here."""
    complete = metric_value.filter("is_complete")
    assert set(complete["metric_id"]) == set(metric_value["metric_id"])


def test_numerator_is_within_denominator(metric_value: pl.DataFrame) -> None:
    wrong = metric_value.filter(
        (pl.col("numerator") > pl.col("denominator")) | (pl.col("numerator") < 0)
    )
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_the_certain_are_some_of_all(metric_value: pl.DataFrame) -> None:
    wrong = metric_value.filter(
        (pl.col("numerator_certain") > pl.min_horizontal("numerator", "denominator_certain"))
        | (pl.col("denominator_certain") > pl.col("denominator"))
    )
    assert wrong.is_empty(), f"\n{readable(wrong)}"
    fewer = metric_value.filter(pl.col("denominator_certain") < pl.col("denominator"))
    assert fewer.height > 0


def test_value_is_within_its_interval(metric_value: pl.DataFrame) -> None:
    slack = pl.col("value").abs() * RELATIVE_TOLERANCE + ABSOLUTE_TOLERANCE
    inside = (pl.col("value_low") <= pl.col("value") + slack) & (
        pl.col("value") - slack <= pl.col("value_high")
    )
    wrong = metric_value.filter(pl.col("value").is_not_null() & ~inside.fill_null(False))
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_value_is_null_exactly_without_a_denominator(metric_value: pl.DataFrame) -> None:
    wrong = metric_value.filter(pl.col("value").is_null() != (pl.col("denominator") == 0))
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_coverage_narrows_from_exiters_to_statistic(metric_value: pl.DataFrame) -> None:
    covered = metric_value.filter(pl.col("n_exiters").is_not_null())
    # Not being found is an outcome of the employment rate and a gap in every other wage metric.
    found = pl.when(pl.col("metric_id") == "employed_second_quarter_rate").then("n_matchable")
    in_order = (
        (pl.col("n_in_statistic") <= found.otherwise("n_matched"))
        & (pl.col("n_matched") <= pl.col("n_matchable"))
        & (pl.col("n_matchable") <= pl.col("n_exiters"))
        & (pl.col("n_in_statistic") == pl.col("denominator"))
    )
    wrong = covered.filter(~in_order.fill_null(False))
    assert covered.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


@pytest.mark.parametrize("group_type", DISJOINT_GROUP_TYPES)
def test_groups_add_up_to_all(metric_value: pl.DataFrame, group_type: str) -> None:
    cell = [k for k in KEYS if k not in ("group_type", "group_code")]
    whole = metric_value.filter(pl.col("group_type") == "all").select(*cell, *COUNTS)
    groups = metric_value.filter(pl.col("group_type") == group_type)
    # A sum over nothing but nulls is 0 in polars: a count that the metric lacks stays null.
    parts = groups.group_by(cell).agg(
        pl.when(pl.col(c).is_not_null().any()).then(pl.col(c).sum()).alias(f"{c}_of_groups")
        for c in COUNTS
    )
    compared = whole.join(parts, on=cell, how="left")
    unequal = pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_of_groups")) for c in COUNTS)
    wrong = compared.filter(unequal)
    assert groups.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


@pytest.mark.parametrize("scheme", ["county", "microregion", "macroregion", "jobs_first"])
def test_regions_do_not_exceed_the_state(metric_value: pl.DataFrame, scheme: str) -> None:
    """Institutions without a place are in the state alone, so the regions may add up to less."""
    cell = [k for k in KEYS if k not in ("region_scheme", "region_id")]
    state = metric_value.filter(pl.col("region_scheme") == "statewide").select(*cell, *COUNTS)
    regions = metric_value.filter(pl.col("region_scheme") == scheme)
    parts = regions.group_by(cell).agg(pl.col(c).sum().alias(f"{c}_of_regions") for c in COUNTS)
    compared = parts.join(state, on=cell, how="left")
    within = pl.all_horizontal(
        (pl.col(f"{c}_of_regions") <= pl.col(c)).fill_null(pl.col(f"{c}_of_regions") == 0)
        for c in COUNTS
    )
    wrong = compared.filter(~within)
    assert regions.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_a_sector_never_counts_more_than_all_sectors(metric_value: pl.DataFrame) -> None:
    cell = [k for k in KEYS if k != "pathway_sector_code"]
    every = metric_value.filter(pl.col("pathway_sector_code") == "all").select(*cell, *COUNTS)
    sectors = metric_value.filter(pl.col("pathway_sector_code") != "all")
    compared = sectors.join(every, on=cell, how="left", suffix="_all")
    exceeds = pl.any_horizontal(pl.col(c) > pl.col(f"{c}_all") for c in COUNTS)
    wrong = compared.filter(exceeds | pl.col("denominator_all").is_null())
    assert sectors.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


@pytest.fixture(scope="module")
def counts_against_truth(
    refreshed_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> pl.DataFrame:
    """Return the state's counts under faultless linkage next to the generator's truth."""
    home = tmp_path_factory.mktemp("faultless")
    (home / "accepted").symlink_to(refreshed_home / "accepted")
    (home / "identity").mkdir()
    perfect_crosswalk(refreshed_home).write_parquet(home / "identity" / "person_crosswalk.parquet")
    values, _ = compute(home)
    state = values.filter(
        (pl.col("region_scheme") == "statewide")
        & (pl.col("pathway_sector_code") == "all")
        & (pl.col("group_type") == "all")
    )
    truth = true_counts(refreshed_home)
    return truth.join(
        state.filter(pl.col("metric_id").is_in(truth["metric_id"].unique().implode())),
        on=["metric_id", "definition_version", "cohort_year"],
        how="full",
        coalesce=True,
        suffix="_found",
    )


@pytest.mark.parametrize(
    "metric_id",
    [
        "four_year_graduation_rate",
        "cte_completion_rate",
        "dual_enrollment_participation_rate",
        "college_going_rate",
    ],
)
def test_counts_agree_with_what_really_happened(
    counts_against_truth: pl.DataFrame, metric_id: str
) -> None:
    counts = counts_against_truth.filter(pl.col("metric_id") == metric_id)
    wrong = counts.filter(
        pl.col("numerator").ne_missing(pl.col("numerator_found"))
        | pl.col("denominator").ne_missing(pl.col("denominator_found"))
    ).select(
        "metric_id",
        "definition_version",
        "cohort_year",
        truth=pl.struct("numerator", "denominator"),
        found=pl.struct("numerator_found", "denominator_found"),
    )
    assert counts["numerator"].sum() > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"
