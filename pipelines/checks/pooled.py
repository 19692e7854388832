"""Values of few people, pooled over their cohorts, so that a small state is judged too.

Lives here: pooling the cohorts of a cell, and how far a pooled value may move. Does not: which
cells are judged and what stops (`pipelines.checks.movement`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import polars as pl

from schemas.policy import POLICY

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Pooled:
    """A value over several cohorts in the build and in the release.

    Attributes:
        cohorts: First and last of them, in words.
        before: The released value.
        now: The value of the build; None where the cohorts are gone.
        width: How far it may move: of a rate in points, of any other in its logarithm.
        moved: How far it did, likewise.
        people: Whom it is about, the fewer of both.
    """

    cohorts: str
    before: float
    now: float | None
    width: float
    moved: float
    people: int


def pooled(now: Mapping[str, Row], then: Mapping[str, Row]) -> Pooled | None:
    """Return the pooled value of the cohorts of a cell that have fewer than `pooled_below` people.

    Both sides are the same people but for what was corrected. A correction touches
    `corrected_share` of them, so the band is `movement_z` standard deviations of the outcomes of so
    many: ``sqrt(2 p (1 - p) share / n)`` of a rate. Amounts are averaged by their logarithms, whose
    deviation among people is taken as 1 (of wages it is 0.8 to 1).

    Args:
        now: Rows of the build by cohort.
        then: Rows of the release.

    Returns:
        None where the cohorts have fewer than `least_people` together.
    """
    cohorts = [
        cohort
        for cohort in sorted(now.keys() & then.keys())
        if _is_small(now[cohort]) and _is_small(then[cohort])
    ]
    sides = [[of[cohort] for cohort in cohorts] for of in (then, now)]
    people = min(_people(side) for side in sides)
    if people < POLICY.least_people:
        return None
    is_rate = then[cohorts[0]]["unit"] == "rate"
    before, after = (_mean(side, is_rate) for side in sides)
    p = min(max(before, 0.01), 0.99)
    variance = 2 * POLICY.corrected_share / people * (p * (1 - p) if is_rate else 1)
    width = max(POLICY.movement_z * sqrt(variance), POLICY.least_movement)
    moved = abs(after - before)
    if not is_rate:
        before, after = exp(before), exp(after)
    return Pooled(_title(cohorts), before, after, width, moved, people)


def gone(now: Mapping[str, Row], then: Mapping[str, Row]) -> Pooled | None:
    """Return the pooled value of released cohorts of fewer than `least_people` that are gone."""
    cohorts = [
        cohort
        for cohort in sorted(then.keys() - now.keys())
        if _is_small(then[cohort]) and then[cohort]["denominator"] < POLICY.least_people
    ]
    rows = [then[cohort] for cohort in cohorts]
    if _people(rows) < POLICY.least_people:
        return None
    is_rate = rows[0]["unit"] == "rate"
    before = _mean(rows, is_rate)
    return Pooled(
        _title(cohorts), before if is_rate else exp(before), None, 0.0, 0.0, _people(rows)
    )


def comparisons(same: pl.DataFrame, cell: Sequence[str]) -> int:
    """Return how many comparisons there are of cells whose rows are the same on both sides.

    Each value of enough people with itself, and the small cohorts of a cell together.
    """
    people = pl.col("denominator")
    scalable = same.filter((pl.col("unit") == "rate") | (pl.col("value") > 0))
    together = scalable.filter(people < POLICY.pooled_below).group_by(cell).agg(people.sum())
    return sum(one.filter(people >= POLICY.least_people).height for one in (scalable, together))


def _is_small(row: Row) -> bool:
    is_scalable = row["unit"] == "rate" or row["value"] > 0
    return is_scalable and row["denominator"] < POLICY.pooled_below


def _people(rows: Sequence[Row]) -> int:
    return sum(row["denominator"] for row in rows)


def _mean(rows: Sequence[Row], is_rate: bool) -> float:
    values = [row["value"] if is_rate else log(row["value"]) for row in rows]
    weighted = sum(value * row["denominator"] for value, row in zip(values, rows, strict=True))
    return weighted / _people(rows)


def _title(cohorts: Sequence[str]) -> str:
    return cohorts[0] if len(cohorts) == 1 else f"{cohorts[0]} to {cohorts[-1]}, pooled"
