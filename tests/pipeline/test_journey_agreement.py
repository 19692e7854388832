"""The tables beside the metrics against a second implementation: flows, gaps, funding, leadership.

Lives here: `metrics.funnel`, `transition`, `metric_earnings_gap`, `scff_success`,
`leadership_region` and `leadership_state`, computed again by `tests.reference_metrics` from the
accepted feeds. Does not: `metric_value` and `metric_equity`, which `test_metric_agreement` holds.
"""

from pathlib import Path

import polars as pl
import pytest

from tests.pipeline.released import differences, queried
from tests.reference_metrics import FACTS, compute, flow
from tests.reference_metrics.cells import KEYS
from tests.reference_metrics.sources import Sources, read_sources

FUNNEL_KEYS = [k for k in KEYS if k != "cohort_basis"]


@pytest.fixture(scope="module")
def sources(refreshed_home: Path) -> Sources:
    """Return what the reference reads of the refreshed home."""
    return read_sources(refreshed_home)


@pytest.fixture(scope="module")
def metric_definition(refreshed_home: Path) -> pl.DataFrame:
    """Return the facts of every metric, with its population and unit."""
    return queried(
        refreshed_home,
        f"select {', '.join(FACTS)}, population, unit from metrics.metric_definition "
        "where population is not null",
    )


def released(home: Path, table: str, expected: pl.DataFrame) -> pl.DataFrame:
    """Return a table of the release in the columns of what is expected of it."""
    return queried(home, f"select {', '.join(expected.columns)} from metrics.{table}")


def test_funnel_agrees_with_the_reference(
    refreshed_home: Path, metric_definition: pl.DataFrame
) -> None:
    stages = metric_definition.filter(pl.col("population") == "journey")
    expected = flow.funnel(pl.concat(compute(refreshed_home, stages)))
    assert expected["stage_number"].unique().sort().to_list() == [1, 2, 3, 4, 5, 6]
    assert expected["is_disproportionate_impact"].sum() > 0
    problems = differences(expected, released(refreshed_home, "funnel", expected), FUNNEL_KEYS)
    assert not problems, f"\n{problems}"


def test_transition_agrees_with_the_reference(refreshed_home: Path, sources: Sources) -> None:
    expected = flow.transition(sources)
    states = expected.group_by("to_stage").agg(pl.col("to_state").n_unique())
    assert dict(states.iter_rows()) == {
        "high_school_outcome": 3,
        "first_college": 3,
        "highest_credential": 4,
        "earnings": 4,
    }
    found = released(refreshed_home, "transition", expected)
    problems = differences(expected, found, flow.TRANSITION_KEYS)
    assert not problems, f"\n{problems}"
