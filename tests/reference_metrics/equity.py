"""Percentage point gap against everyone else (PPG-1) for every group of every rate.

The method is the California Community Colleges' disproportionate-impact method of 2022: a group's
rate is compared with that of all who are not in it, and the gap counts when it exceeds the
sampling margin of the group's own rate, never less than two points.
"""

import math
from dataclasses import dataclass

import polars as pl

from .cells import KEYS, Z

MINIMUM_MARGIN = 0.02
#: Groups of ten or fewer say too little to be judged.
LARGEST_INSUFFICIENT = 10
COLUMNS = [
    *KEYS,
    "group_rate",
    "group_n",
    "reference_rate",
    "reference_n",
    "ppg1_points",
    "margin",
    "is_sufficient",
    "is_disproportionate_impact",
    "successes_to_clear_impact",
    "successes_to_parity",
]
WHOLE_KEYS = [k for k in KEYS if k not in ("group_type", "group_code")]


@dataclass(frozen=True)
class Gap:
    """A group against everyone else; fields are null where there is nobody else."""

    group_rate: float
    group_n: int
    reference_rate: float | None
    reference_n: int
    ppg1_points: float | None
    margin: float
    is_sufficient: bool
    is_disproportionate_impact: bool | None
    successes_to_clear_impact: int | None
    successes_to_parity: int | None


def gap(successes: int, n: int, all_successes: int, all_n: int) -> Gap:
    """Return the gap of a group of `n >= 1` within a cell of `all_n` members, itself included."""
    others = all_n - n
    sufficient = n > LARGEST_INSUFFICIENT
    p = successes / n
    margin = max(Z * math.sqrt(p * (1 - p) / n), MINIMUM_MARGIN)
    if others == 0:
        return Gap(p, n, None, 0, None, margin, sufficient, None, None, None)
    r = (all_successes - successes) / others
    points = p - r
    return Gap(
        group_rate=p,
        group_n=n,
        reference_rate=r,
        reference_n=others,
        ppg1_points=points,
        margin=margin,
        is_sufficient=sufficient,
        is_disproportionate_impact=points <= -margin if sufficient else None,
        successes_to_clear_impact=successes_needed(r - (p + margin), n),
        successes_to_parity=successes_needed(r - p, n),
    )


def successes_needed(shortfall: float, n: int) -> int:
    """Return how many more of `n` must succeed to make up a shortfall of their rate."""
    # (0.9 - 0.6) * 20 must be 6 and not 6.000000000000001, which would round up to 7.
    return max(0, math.ceil(round(shortfall * n, 9)))


def equity_of(rates: pl.DataFrame) -> pl.DataFrame:
    """Return one row per group with a rate, in the columns of `metric_equity`.

    A group of exiters none of whom can be matched to wages has a cell, but no rate to compare.
    """
    whole = rates.filter(pl.col("group_type") == "all").select(
        *WHOLE_KEYS, all_successes="numerator", all_n="denominator"
    )
    with_rate = (pl.col("group_type") != "all") & (pl.col("denominator") > 0)
    groups = rates.filter(with_rate).join(whole, on=WHOLE_KEYS)
    counts = groups.select("numerator", "denominator", "all_successes", "all_n")
    schema = {
        "group_rate": pl.Float64,
        "group_n": pl.Int64,
        "reference_rate": pl.Float64,
        "reference_n": pl.Int64,
        "ppg1_points": pl.Float64,
        "margin": pl.Float64,
        "is_sufficient": pl.Boolean,
        "is_disproportionate_impact": pl.Boolean,
        "successes_to_clear_impact": pl.Int64,
        "successes_to_parity": pl.Int64,
    }
    gaps = pl.DataFrame([vars(gap(*row)) for row in counts.iter_rows()], schema=schema)
    return groups.hstack(gaps).select(COLUMNS)
