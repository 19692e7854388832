"""Every group against the others: gaps, indices, tests, and how often chance would flag.

PPG-1 compares a group's rate with that of all who are not in it, by the California Community
Colleges' method of 2022 and that of 2017. The proportionality index compares shares, the 80 % index
the group's rate with the best. All of a place, cohort and dimension are one family of tests.
"""

import numpy as np
import polars as pl

from tests.reference.base.statistics import Z, deals, fisher, newcombe
from tests.reference.metrics.cells import KEYS

#: Groups of ten or fewer say too little to be judged.
LARGEST_INSUFFICIENT = 10
#: Nobody is tested against fewer others.
LEAST_TESTED = 11
MINIMUM_MARGIN = {"ppg1_2022": 0.02, "ppg1_2017": 0.03}
CUTOFF = 0.8
#: Wages of high school cohorts are compared where at least this share of either side can be looked
#: up, and the two shares are at most so far apart.
LEAST_MATCHABLE, MOST_APART = 0.8, 0.05
OF_HIGH_SCHOOL = ("graduation_year", "completion_year", "expected_graduation_year")
GROUP_KEYS = ("student_group", "student_group_value")
CELL = [k for k in KEYS if k not in GROUP_KEYS]
FAMILY = [k for k in CELL if k not in ("metric_id", "definition_version")]
COLUMNS = [
    *KEYS,
    "equity_method",
    "group_rate",
    "group_n",
    "reference_rate",
    "reference_n",
    "value",
    "value_low",
    "value_high",
    "threshold",
    "is_disproportionate_impact",
    "chance_flag_probability",
    "successes_to_clear_impact",
    "successes_to_parity",
    "p_value",
    "n_comparisons",
    "q_value",
    "group_matchable_share",
    "others_matchable_share",
    "withheld_because",
]
#: What is not given where a comparison is withheld.
COMPARED = [
    *("reference_rate", "value", "value_low", "value_high", "is_disproportionate_impact"),
    *("chance_flag_probability", "successes_to_clear_impact", "successes_to_parity"),
]


def compared(rates: pl.DataFrame, is_favorable: bool) -> pl.DataFrame:
    """Return the groups of a rate that are judged, each with everybody of its type in its cell.

    Args:
        rates: Cells of one rate, in the columns of `metric_value`.
        is_favorable: More is better; otherwise those who escaped the outcome succeed.

    Returns:
        `KEYS` and `s, n` of the group, `all_s, all_n` of everybody whose group is known; the shares
        that can be looked up in wages, and why the two are not compared.
    """
    success = pl.col("numerator")
    if not is_favorable:
        success = pl.col("denominator") - pl.col("numerator")
    known = ["n_cohort", "n_matchable"]
    # Whose outcome nobody knows are in no statistic, and may be a cell of their own.
    counts = rates.filter(pl.col("denominator") > 0).select(
        *KEYS, *known, s=success, n="denominator"
    )
    kind = [*CELL, "student_group"]
    others = [(pl.col(name).sum().over(kind) - pl.col(name)) for name in known]
    return (
        counts.with_columns(
            all_s=pl.col("s").sum().over(kind),
            all_n=pl.col("n").sum().over(kind),
            group_matchable_share=pl.col("n_matchable") / pl.col("n_cohort"),
            others_matchable_share=pl.when(others[0] > 0).then(others[1] / others[0]),
        )
        .drop(known)
        .with_columns(withheld_because=withheld())
        .filter(
            (pl.col("student_group") != "all")
            & (pl.col("n") > LARGEST_INSUFFICIENT)
            & (pl.col("n") < pl.col("all_n"))
        )
    )


def withheld(own: str = "group_matchable_share", other: str = "others_matchable_share") -> pl.Expr:
    """Return why two wage figures of a high school cohort are not compared; null where they are."""
    is_selected = pl.col("cohort_basis").is_in(OF_HIGH_SCHOOL) & pl.col(own).is_not_null()
    apart = (pl.col(own) - pl.col(other)).abs() - MOST_APART
    return (
        pl.when(~is_selected)
        .then(pl.lit(None, pl.String))
        .when(pl.min_horizontal(own, other) < LEAST_MATCHABLE)
        .then(pl.lit("a share below 0.8 can be looked up in wage records"))
        .when(apart.round(9) > 0)
        .then(pl.lit("shares that can be looked up in wage records differ by more than 0.05"))
    )


def equity_of(groups: pl.DataFrame) -> pl.DataFrame:
    """Return one row per group and method, in the columns of `metric_equity`.

    Args:
        groups: From `compared`, of every rate.
    """
    s, n, all_s, all_n = (pl.col(c) for c in ("s", "n", "all_s", "all_n"))
    others_s, others_n = all_s - s, all_n - n
    tested = (
        groups.with_columns(p=s / n, r=others_s / others_n, whole=all_s / all_n)
        .with_columns(best=pl.col("p").max().over([*CELL, "student_group"]))
        .join(_chances(groups), on=["s", "n", "all_s", "all_n"])
        .with_columns(
            p_value=pl.when((others_n >= LEAST_TESTED) & pl.col("withheld_because").is_null()).then(
                "p_value"
            )
        )
        .with_columns(n_comparisons=pl.col("p_value").count().over(FAMILY).cast(pl.Int64))
    )
    tested = _with_q_values(tested)
    return pl.concat([*_ppg1(tested), *_indices(tested)])


def _ppg1(tested: pl.DataFrame) -> list[pl.DataFrame]:
    s, n, all_s, all_n, p, r = (pl.col(c) for c in ("s", "n", "all_s", "all_n", "p", "r"))
    low, high = newcombe(s, n, all_s - s, all_n - n)
    # Where nobody or everybody of a group succeeds, its own spread would be nothing.
    own = pl.when((s == 0) | (s == n)).then(pl.lit(0.25)).otherwise(p * (1 - p))
    methods = []
    for method, spread in (("ppg1_2022", own), ("ppg1_2017", pl.lit(0.25))):
        margin = pl.max_horizontal(Z * (spread / n).sqrt(), pl.lit(MINIMUM_MARGIN[method]))
        methods.append(
            _judged(
                tested,
                method,
                reference_rate=r,
                reference_n=all_n - n,
                value=p - r,
                value_low=low,
                value_high=high,
                threshold=-margin,
                is_disproportionate_impact=(p - r + margin).round(9) <= 0,
                chance_flag_probability=pl.col(method),
                successes_to_clear_impact=needed((r - p - margin) * n),
                successes_to_parity=needed((r - p) * n),
            )
        )
    return methods


def _indices(tested: pl.DataFrame) -> list[pl.DataFrame]:
    s, n, all_s, all_n = (pl.col(c) for c in ("s", "n", "all_s", "all_n"))
    p, whole, best = (pl.col(c) for c in ("p", "whole", "best"))
    share, nothing = n / all_n, pl.lit(None, pl.Float64)
    of_an_index = {
        "value_low": nothing,
        "value_high": nothing,
        "threshold": pl.lit(CUTOFF),
        "chance_flag_probability": nothing,
    }
    proportionality = _judged(
        tested.filter(all_s > 0),
        "proportionality_index",
        reference_rate=whole,
        reference_n=all_n,
        value=p / whole,
        is_disproportionate_impact=(p / whole).round(9) < CUTOFF,
        successes_to_clear_impact=needed((all_s * share * CUTOFF - s) / (1 - share * CUTOFF)),
        successes_to_parity=needed((all_s * share - s) / (1 - share)),
        **of_an_index,
    )
    eighty_percent = _judged(
        tested.filter(best > 0),
        "eighty_percent_index",
        reference_rate=best,
        reference_n=pl.lit(None, pl.Int64),
        value=p / best,
        is_disproportionate_impact=(p / best).round(9) < CUTOFF,
        successes_to_clear_impact=needed((best * CUTOFF - p) * n),
        successes_to_parity=needed((best - p) * n),
        **of_an_index,
    )
    return [proportionality, eighty_percent]


def needed(shortfall: pl.Expr) -> pl.Expr:
    """Return how many more must succeed to make up a shortfall in people."""
    # (0.9 - 0.6) * 20 must be 6 and not 6.000000000000001, which would round up to 7.
    return shortfall.round(9).ceil().clip(0).cast(pl.Int64)


def _chances(groups: pl.DataFrame) -> pl.DataFrame:
    """Return what random deals do, a row for each `s, n, all_s, all_n` of the groups.

    Returns:
        The p-value of Fisher's exact test; for each version of PPG-1, how often it flags a group of
        n dealt from everybody.
    """
    counts = groups.select(pl.col("s", "n", "all_s", "all_n").cast(pl.Int64)).unique()
    parts = counts.iter_slices(10_000) if counts.height else [counts]
    return pl.concat(map(_chances_of, parts))


def _chances_of(counts: pl.DataFrame) -> pl.DataFrame:
    s, n, all_s, all_n = (column.to_numpy() for column in counts)
    of, successes, chances = deals(n, all_s, all_n)
    group = n[of]
    rate = successes / group
    gap = rate - (all_s[of] - successes) / (all_n[of] - group)
    own = np.where((rate == 0) | (rate == 1), 0.25, rate * (1 - rate))
    columns = {"p_value": fisher(s, n, all_s, all_n)}
    for method, spread in (("ppg1_2022", own), ("ppg1_2017", 0.25)):
        margin = np.maximum(Z * np.sqrt(spread / group), MINIMUM_MARGIN[method])
        columns[method] = np.bincount(of, chances * (np.round(gap + margin, 9) <= 0))
    return counts.with_columns(
        **{name: pl.Series(one, dtype=pl.Float64) for name, one in columns.items()}
    )


def _with_q_values(tested: pl.DataFrame) -> pl.DataFrame:
    """Return the tests with the false-discovery rate at each (Benjamini and Hochberg 1995)."""
    untested = tested.filter(pl.col("p_value").is_null())
    ranked = (
        tested.drop_nulls("p_value")
        .sort("p_value", descending=True)
        .with_columns(
            # From the least sure: the last of a family has rank n.
            rank=pl.col("n_comparisons") - pl.int_range(pl.len()).over(FAMILY)
        )
    )
    rate = pl.col("p_value") * pl.col("n_comparisons") / pl.col("rank")
    ranked = ranked.with_columns(q_value=rate.cum_min().over(FAMILY))
    return pl.concat([ranked, untested], how="diagonal")


def _judged(tested: pl.DataFrame, method: str, **columns: pl.Expr) -> pl.DataFrame:
    judged = tested.with_columns(
        equity_method=pl.lit(method), group_rate="p", group_n="n", **columns
    )
    is_given = pl.col("withheld_because").is_null()
    return judged.with_columns(
        pl.when(is_given).then(name).alias(name) for name in COMPARED
    ).select(COLUMNS)
