"""The tables beside the metrics against a second implementation: flows, gaps, funding, leadership.

Lives here: `metrics.funnel`, `transition`, `metric_earnings_gap`, `scff_success`,
`leadership_region` and `leadership_state`, computed again by `tests.reference.metrics` from the
accepted feeds. Does not: `metric_value` and `metric_equity`, which `test_metric_agreement` holds.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.pipeline.released import differences, queried, readable
from tests.reference.base.sources import Sources, read_sources
from tests.reference.metrics import flow, funding, gaps, leadership
from tests.reference.metrics.cells import KEYS
from tests.reference.metrics.compute import FACTS, compute
from tests.reference.metrics.equity import compared, equity_of

FUNNEL_KEYS = [k for k in KEYS if k != "cohort_basis"]
#: How far the share of all resampled gaps below an end may be from 2.5 or 97.5 %: two standard
#: errors of 999 draws. Measured: 0.8 points at most.
SHARE_TOLERANCE = 0.01


@pytest.fixture(scope="module")
def sources(refreshed_home: Path) -> Sources:
    """Return what the reference reads of the refreshed home."""
    return read_sources(refreshed_home)


@pytest.fixture(scope="module")
def metric_definition(refreshed_home: Path) -> pl.DataFrame:
    """Return the facts of every metric, with its cohort and unit."""
    return queried(
        refreshed_home,
        f"select {', '.join(FACTS)}, cohort, unit from metrics.metric_definition "
        "where cohort is not null",
    )


def released(home: Path, table: str, expected: pl.DataFrame) -> pl.DataFrame:
    """Return a table of the release in the columns of what is expected of it."""
    return queried(home, f"select {', '.join(expected.columns)} from metrics.{table}")


def test_funnel_agrees_with_the_reference(
    refreshed_home: Path, metric_definition: pl.DataFrame
) -> None:
    stages = metric_definition.filter(pl.col("cohort") == "journey")
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
    actual = released(refreshed_home, "transition", expected)
    problems = differences(expected, actual, flow.TRANSITION_KEYS)
    assert not problems, f"\n{problems}"


@pytest.fixture(scope="module")
def earnings_gap(sources: Sources, metric_definition: pl.DataFrame) -> pl.DataFrame:
    """Return the reference's gaps between medians, with the amounts of both arms."""
    medians = metric_definition.filter(
        (pl.col("statistic") == "median") & (pl.col("unit") == "usd")
    ).select("metric_id", "definition_version", "attributions")
    return gaps.earnings_gap(sources, medians)


def test_earnings_gap_agrees_with_the_reference(
    refreshed_home: Path, earnings_gap: pl.DataFrame
) -> None:
    expected = earnings_gap.drop("amounts", "others_amounts")
    assert expected.height > 100
    actual = released(refreshed_home, "metric_earnings_gap", expected)
    problems = differences(expected, actual, gaps.GAP_KEYS)
    assert not problems, f"\n{problems}"


def test_earnings_gap_interval_holds_the_middle_of_all_resamples(
    refreshed_home: Path, earnings_gap: pl.DataFrame
) -> None:
    ends = queried(
        refreshed_home,
        f"select {', '.join(gaps.GAP_KEYS)}, gap_low_usd, gap_high_usd "
        "from metrics.metric_earnings_gap",
    )
    checked, wrong = 0, []
    given = earnings_gap.filter(gaps.IS_GIVEN)
    for row in given.join(ends, on=gaps.GAP_KEYS).iter_rows(named=True):
        own, others = np.array(row["amounts"]), np.array(row["others_amounts"])
        for end, share in (("gap_low_usd", 0.025), ("gap_high_usd", 0.975)):
            below, at_most = gaps.share_below(own, others, row[end])
            checked += 1
            if below > share + SHARE_TOLERANCE or at_most < share - SHARE_TOLERANCE:
                cell = {k: row[k] for k in gaps.GAP_KEYS}
                wrong.append(cell | {"end": end, "below": below, "at_most": at_most})
    assert checked == 2 * given.height
    assert not wrong, f"{len(wrong)} ends\n{readable(pl.DataFrame(wrong), gaps.GAP_KEYS)}"


def test_scff_success_agrees_with_the_reference(refreshed_home: Path, sources: Sources) -> None:
    expected = funding.scff_success(sources)
    assert expected.filter(pl.col("success_count") > 0)["measure_code"].n_unique() == 5
    actual = released(refreshed_home, "scff_success", expected)
    problems = differences(expected, actual, funding.SUCCESS_KEYS)
    assert not problems, f"\n{problems}"


@pytest.fixture(scope="module")
def leadership_region(
    refreshed_home: Path, sources: Sources, metric_definition: pl.DataFrame
) -> pl.DataFrame:
    """Return the reference's rows of the leadership list by region.

    A q value depends on every metric of the cohort year; those of `metric_equity` are held by
    `test_metric_agreement`.
    """
    listed = metric_definition.join(leadership.listed(), on=leadership.NAME, how="semi")
    by_metric = list(compute(refreshed_home, listed))
    facts = {(d["metric_id"], d["definition_version"]): d for d in listed.to_dicts()}
    groups = []
    for cells in by_metric:
        definition = facts[cells.select(leadership.NAME).row(0)]
        if definition["statistic"] == "rate":
            groups.append(compared(cells, definition["is_favorable"]))
    cells = pl.concat(by_metric).join(listed.select(*leadership.NAME, "unit"), leadership.NAME)
    rates = leadership.link_rates(sources)
    keys = [*KEYS, "equity_method"]
    q_values = queried(
        refreshed_home,
        f"select {', '.join(keys)}, q_value from metrics.metric_equity "
        f"where metric_id in {tuple(listed['metric_id'])} and equity_method = 'ppg1_2022'",
    )
    equity = equity_of(pl.concat(groups)).drop("q_value").join(q_values, on=keys, how="left")
    return leadership.leadership_region(cells, equity, rates)


def test_leadership_region_agrees_with_the_reference(
    refreshed_home: Path, leadership_region: pl.DataFrame
) -> None:
    listed = leadership_region.group_by("region_id").len()
    assert set(listed["len"]) == {leadership.listed().height}
    actual = released(refreshed_home, "leadership_region", leadership_region)
    problems = differences(leadership_region, actual, leadership.REGION_KEYS)
    assert not problems, f"\n{problems}"


def test_leadership_state_agrees_with_the_reference(
    refreshed_home: Path, leadership_region: pl.DataFrame
) -> None:
    expected = leadership.leadership_state(leadership_region)
    assert expected.height == leadership.listed().height
    actual = released(refreshed_home, "leadership_state", expected)
    problems = differences(expected, actual, leadership.NAME)
    assert not problems, f"\n{problems}"
