"""Intervals and tests, by the formulas of their sources.

Lives here: what cells and equity compute with. Does not: any metric.
"""

import math
from typing import TypeVar

import polars as pl

Z = 1.96  # two-sided 95 % of the normal distribution, as the equity method rounds it
Number = TypeVar("Number", float, pl.Expr)


def wilson(successes: Number, n: Number) -> tuple[Number, Number]:
    """Return the Wilson score interval of a proportion (Wilson 1927) at 95 %."""
    p, z2 = successes / n, Z * Z
    centre = p + z2 / (2 * n)
    spread = Z * (p * (1 - p) / n + z2 / (4 * n * n)) ** 0.5
    return (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)


def newcombe(s1: pl.Expr, n1: pl.Expr, s2: pl.Expr, n2: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the ends of the interval of a difference of rates (Newcombe 1998, method 10)."""
    p1, p2 = s1 / n1, s2 / n2
    (low1, high1), (low2, high2) = wilson(s1, n1), wilson(s2, n2)
    below = ((p1 - low1) ** 2 + (high2 - p2) ** 2).sqrt()
    above = ((high1 - p1) ** 2 + (p2 - low2) ** 2).sqrt()
    return p1 - p2 - below, p1 - p2 + above


def two_tails(z: float) -> float:
    """Return how often chance alone would be as far from equal, in normal standard errors."""
    return math.erfc(abs(z) / math.sqrt(2))
