"""The released metrics against a second implementation, and that implementation against truth.

`tests.reference_metrics` computes every metric again from the accepted feeds; the warehouse must
hold the same cells with the same numbers. Under faultless linkage it must count what the generator
made happen.
"""

from pathlib import Path

import polars as pl
import pytest

from tests.pipeline.released import differences, queried, readable
from tests.reference_metrics import FACTS, compute
from tests.reference_metrics.cells import COLUMNS as VALUE_COLUMNS
from tests.reference_metrics.equity import COLUMNS as EQUITY_COLUMNS
from tests.reference_metrics.truth import perfect_crosswalk, true_counts

NAME = ["metric_id", "definition_version"]


@pytest.fixture(scope="module")
def metric_definition(refreshed_home: Path) -> pl.DataFrame:
    """Return the facts of every metric in the released `metrics.metric_definition`."""
    return queried(refreshed_home, f"select {', '.join(FACTS)} from metrics.metric_definition")


@pytest.fixture(scope="module")
def reference(
    refreshed_home: Path, metric_definition: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the reference's metric values and equity rows."""
    return compute(refreshed_home, metric_definition)


def test_every_metric_is_implemented_twice(
    reference: tuple[pl.DataFrame, pl.DataFrame], metric_definition: pl.DataFrame
) -> None:
    values, _ = reference
    once = metric_definition.join(values, on=NAME, how="anti").select(NAME)
    assert once.is_empty(), once.rows()


def test_metric_value_agrees_with_the_reference(
    reference: tuple[pl.DataFrame, pl.DataFrame], refreshed_home: Path
) -> None:
    expected, _ = reference
    found = queried(refreshed_home, f"select {', '.join(VALUE_COLUMNS)} from metrics.metric_value")
    assert expected.height > 0
    problems = differences(expected, found)
    assert not problems, f"\n{problems}"


def test_metric_equity_agrees_with_the_reference(
    reference: tuple[pl.DataFrame, pl.DataFrame], refreshed_home: Path
) -> None:
    _, expected = reference
    found = queried(
        refreshed_home, f"select {', '.join(EQUITY_COLUMNS)} from metrics.metric_equity"
    )
    assert expected.height > 0
    problems = differences(expected, found)
    assert not problems, f"\n{problems}"


@pytest.fixture(scope="module")
def counts_against_truth(
    refreshed_home: Path,
    metric_definition: pl.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
) -> pl.DataFrame:
    """Return the state's counts under faultless linkage next to the generator's truth."""
    home = tmp_path_factory.mktemp("faultless")
    (home / "accepted").symlink_to(refreshed_home / "accepted")
    (home / "identity").mkdir()
    perfect_crosswalk(refreshed_home).write_parquet(home / "identity" / "person_crosswalk.parquet")
    truth = true_counts(refreshed_home)
    values, _ = compute(home, metric_definition.join(truth, on=NAME, how="semi"))
    state = values.filter(
        (pl.col("region_scheme") == "statewide")
        & (pl.col("lens_type") == "all")
        & (pl.col("group_type") == "all")
    )
    return truth.join(state, on=[*NAME, "cohort_year"], how="full", coalesce=True, suffix="_found")


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
        *NAME,
        "cohort_year",
        truth=pl.struct("numerator", "denominator"),
        found=pl.struct("numerator_found", "denominator_found"),
    )
    assert counts["numerator"].sum() > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"
