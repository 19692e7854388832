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
    """A group against everyone else; fields are null where one of the two has nobody."""

    group_rate: float | None
    group_n: int
    reference_rate: float | None
    reference_n: int
    ppg1_points: float | None
    margin: float | None
    is_sufficient: bool
    is_disproportionate_impact: bool | None
    successes_to_clear_impact: int | None
    successes_to_parity: int | None


def gap(successes: int, n: int, all_successes: int, all_n: int) -> Gap:
    """Return the gap of a group of `n` within a cell of `all_n` members, itself included."""
    others = all_n - n
    sufficient = n > LARGEST_INSUFFICIENT
    p = successes / n if n else None
    r = (all_successes - successes) / others if others else None
    margin = None if p is None else max(Z * math.sqrt(p * (1 - p) / n), MINIMUM_MARGIN)
    if p is None or r is None or margin is None:
        return Gap(p, n, r, others, None, margin, sufficient, None, None, None)
    points = p - r
    return Gap(
        p,
        n,
        r,
        others,
        points,
        margin,
        sufficient,
        points <= -margin if sufficient else None,
        successes_needed(r - (p + margin), n),
        successes_needed(r - p, n),
    )


def successes_needed(shortfall: float, n: int) -> int:
    """Return how many more of `n` must succeed to make up a shortfall of their rate."""
    # (0.9 - 0.6) * 20 must be 6 and not 6.000000000000001, which would round up to 7.
    return max(0, math.ceil(round(shortfall * n, 9)))


def equity_of(rates: pl.DataFrame) -> pl.DataFrame:
    """Return one row per group cell of the given rate cells, in the columns of `metric_equity`."""
    whole = rates.filter(pl.col("group_type") == "all").select(
        *WHOLE_KEYS, all_successes="numerator", all_n="denominator"
    )
    groups = rates.filter(pl.col("group_type") != "all").join(whole, on=WHOLE_KEYS)
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
