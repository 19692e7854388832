"""The released metrics against a second implementation, and that implementation against truth.

`tests.reference.metrics` computes every metric again from the accepted feeds; the warehouse must
hold the same cells with the same numbers. Under faultless linkage it must count what the generator
made happen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from tests.pipeline.released import differences, queried, readable
from tests.reference.metrics.cells import COLUMNS as VALUE_COLUMNS
from tests.reference.metrics.cells import KEYS
from tests.reference.metrics.compute import FACTS, RULES, compute
from tests.reference.metrics.equity import COLUMNS as EQUITY_COLUMNS
from tests.reference.metrics.equity import compared, equity_of
from tests.reference.metrics.truth import perfect_crosswalk, true_counts

NAME = ["metric_id", "definition_version"]
# Of one metric and attribution: what is equal in all its cells is compared and no key.
KEYS_OF_ONE = [key for key in KEYS if key not in ("cohort_basis", "attribution")]


@pytest.fixture(scope="module")
def metric_definition(refreshed_home: Path) -> pl.DataFrame:
    """Return the facts of every metric of `metrics.metric_value` in `metrics.metric_definition`."""
    return queried(
        refreshed_home,
        f"select {', '.join(FACTS)} from metrics.metric_definition where cohort is not null",
    )


@dataclass
class Comparison:
    """How far the warehouse and the reference agree, metric by metric.

    Attributes:
        problems: Descriptions of what differs.
        metrics: Name and version of the metrics that the reference computed.
        cells: Number of cells that it computed.
        groups: What the equity methods compare, of every rate.
    """

    problems: list[str] = field(default_factory=list)
    metrics: set[tuple[str, str]] = field(default_factory=set)
    cells: int = 0
    groups: list[pl.DataFrame] = field(default_factory=list)


@pytest.fixture(scope="module")
def released_values(metric_values: Path) -> Mapping[tuple, pl.DataFrame]:
    """Return `metric_value` in the reference's columns, by metric and attribution."""
    return pl.read_parquet(metric_values, columns=VALUE_COLUMNS).partition_by(
        *NAME, "attribution", as_dict=True
    )


@pytest.fixture(scope="module")
def comparison(
    refreshed_home: Path,
    released_values: Mapping[tuple, pl.DataFrame],
    metric_definition: pl.DataFrame,
) -> Comparison:
    """Return the reference next to the released `metrics.metric_value`."""
    result = Comparison()
    facts = {(d["metric_id"], d["definition_version"]): d for d in metric_definition.to_dicts()}
    for expected in compute(refreshed_home, metric_definition):
        metric_id, version, basis = expected.select(*NAME, "attribution").row(0)
        actual = released_values.get((metric_id, version, basis), expected.clear())
        if problem := differences(expected, actual, KEYS_OF_ONE):
            result.problems.append(f"{metric_id} / {version} by {basis}\n{problem}")
        result.metrics.add((metric_id, version))
        result.cells += expected.height
        definition = facts[metric_id, version]
        if definition["statistic"] == "rate":
            result.groups.append(compared(expected, definition["is_favorable"]))
    return result


def test_every_metric_is_implemented_twice(
    comparison: Comparison, metric_definition: pl.DataFrame
) -> None:
    defined = set(metric_definition.select(NAME).iter_rows())
    assert comparison.metrics == defined == set(RULES)


def test_metric_value_agrees_with_the_reference(
    comparison: Comparison, released_values: Mapping[tuple, pl.DataFrame]
) -> None:
    problems = "\n\n".join(comparison.problems[:3])
    assert not problems, f"{len(comparison.problems)} metrics differ; the first:\n{problems}"
    assert comparison.cells == sum(map(len, released_values.values())) > 0


@pytest.fixture(scope="module")
def equity(comparison: Comparison) -> pl.DataFrame:
    """Return the reference's equity rows."""
    return equity_of(pl.concat(comparison.groups))


@pytest.mark.parametrize(
    "method", ["ppg1_2022", "ppg1_2017", "proportionality_index", "eighty_percent_index"]
)
def test_metric_equity_agrees_with_the_reference(
    equity: pl.DataFrame, refreshed_home: Path, method: str
) -> None:
    expected = equity.filter(pl.col("equity_method") == method)
    actual = queried(
        refreshed_home,
        f"select {', '.join(EQUITY_COLUMNS)} from metrics.metric_equity "
        f"where equity_method = '{method}'",
    )
    assert expected.height > 0
    problems = differences(expected, actual)
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
    spoken_of = metric_definition.join(truth, on=NAME, how="semi")
    state = pl.concat(compute(home, spoken_of, only_the_state=True)).filter(
        pl.col("dimension") == "all"
    )
    return truth.join(
        state, on=[*NAME, "cohort_year"], how="full", coalesce=True, suffix="_computed"
    )


def test_counts_agree_with_what_really_happened(counts_against_truth: pl.DataFrame) -> None:
    wrong = counts_against_truth.filter(
        pl.col("numerator").ne_missing(pl.col("numerator_computed"))
        | pl.col("denominator").ne_missing(pl.col("denominator_computed"))
    ).select(
        *NAME,
        "cohort_year",
        truth=pl.struct("numerator", "denominator"),
        actual=pl.struct("numerator_computed", "denominator_computed"),
    )
    successes = counts_against_truth.group_by(NAME).agg(pl.col("numerator").sum())
    assert successes.filter(pl.col("numerator") > 0).height == 15
    assert wrong.is_empty(), f"\n{readable(wrong)}"
