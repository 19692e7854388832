"""Bands: how far a value may move by its own history and by sampling.

Lives here: the band of one value. Does not: values pooled over cohorts (`pipelines.checks.pooled`),
what lies outside a band (`pipelines.checks.movement`).
"""

from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

from schemas.policy import POLICY


@dataclass(frozen=True)
class Band:
    """What a value may be: around what it was expected to be."""

    expected: float
    width: float

    def holds(self, value: float) -> bool:
        """Whether a value is within the band."""
        return abs(value - self.expected) <= self.width


def band(
    history: list[tuple[float, int]], expected: float, denominators: tuple[int, int], unit: str
) -> Band:
    """Return the band around what a value is expected to be.

    Its width is `movement_z` standard deviations of a difference of two such values: the larger of
    what cohorts differed by from year to year, and what sampling alone makes of a rate's two
    denominators (``p (1 - p) / n`` each). It is never narrower than `least_movement`.

    Args:
        history: Values and denominators of earlier cohorts of the cell, in order.
        expected: The released value, or the last cohort's.
        denominators: Of the new value and of the expected one.
        unit: ``rate``; values of any other unit are compared by their logarithms.
    """
    usable = [
        scaled(v, unit) for v, n in history if n >= POLICY.least_people and is_scalable(v, unit)
    ]
    steps = [(b - a) ** 2 for a, b in pairwise(usable)]
    yearly = sum(steps) / len(steps) if len(usable) >= POLICY.least_cohorts else 0.0
    sampling = 0.0
    if unit == "rate":
        p = min(max(expected, 0.01), 0.99)
        sampling = p * (1 - p) * sum(1 / n for n in denominators)
    return Band(
        scaled(expected, unit),
        max(POLICY.movement_z * sqrt(max(yearly, sampling)), POLICY.least_movement),
    )


def scaled(value: float, unit: str) -> float:
    """Return a value as it is compared: a rate in points, any other by its logarithm."""
    return value if unit == "rate" else log(value)


def is_scalable(value: float, unit: str) -> bool:
    """Return whether a value can be compared: one without a logarithm can't."""
    return unit == "rate" or value > 0
