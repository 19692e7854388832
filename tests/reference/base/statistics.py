"""Intervals and tests, by the formulas of their sources.

Lives here: what cells and equity compute with. Does not: any metric.
"""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
from scipy import special, stats

Z = 1.96  # two-sided 95 % of the normal distribution, as the equity method rounds it


def wilson(successes: Any, n: Any) -> tuple[Any, Any]:
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


def deals(
    n: np.ndarray, all_s: np.ndarray, all_n: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each number of successes of n people dealt from all_n with all_s, and its chance.

    Returns:
        One after the other for every n: which n it is of, the successes, their chance
        (hypergeometric).
    """
    least = np.maximum(0, n + all_s - all_n)
    sizes = np.minimum(n, all_s) - least + 1
    of = np.repeat(np.arange(len(n)), sizes)
    successes = np.arange(len(of)) + np.repeat(least - np.cumsum(sizes) + sizes, sizes)
    n, all_s, all_n = n[of], all_s[of], all_n[of]
    log_factorial = special.gammaln(np.arange(all_n.max(initial=0) + 1) + 1.0)

    def log_choose(total: np.ndarray, some: np.ndarray) -> np.ndarray:
        return log_factorial[total] - log_factorial[some] - log_factorial[total - some]

    log_chance = log_choose(all_s, successes) + log_choose(all_n - all_s, n - successes)
    return of, successes, np.exp(log_chance - log_choose(all_n, n))


def fisher(s: np.ndarray, n: np.ndarray, all_s: np.ndarray, all_n: np.ndarray) -> np.ndarray:
    """Return two-sided p-values of Fisher's exact test: deals as unlikely as s, or more."""
    of, successes, chances = deals(n, all_s, all_n)
    own = chances[successes == s[of]]
    return np.bincount(of, chances * (chances <= own[of] * (1 + 1e-7))).clip(max=1)


@cache
def quantile_ranks(n: int, q: float) -> tuple[int, int] | None:
    """Return the ranks, from 1, of two of n sorted amounts that hold a quantile with 95 %.

    They are as few ranks apart as can be, then as even in their tails, then as low; None where no
    two hold it.
    """
    below = stats.binom.cdf(np.arange(n), n, q)
    low = np.arange(1, n + 1)
    high = np.searchsorted(below, below + 0.95) + 1
    low, high = low[high <= n], high[high <= n]
    lopsided = np.abs(below[low - 1] - (1 - below[high - 1])).round(6)
    best = np.lexsort((low, lopsided, high - low))[:1]
    return next(zip(low[best].tolist(), high[best].tolist(), strict=True), None)


def student(degrees: pl.Expr) -> pl.Expr:
    """Return the 95 % quantile of Student's t (Abramowitz and Stegun 1964, 26.7.5, three terms)."""
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return Z + pl.sum_horizontal(term / degrees**i for i, term in enumerate(terms, 1))


def hall(mean: pl.Expr, spread: pl.Expr, skewness: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the ends of the interval of a mean by Hall's transformation (1992), from 0 up.

    Args:
        mean: Of the amounts.
        spread: Their standard deviation, by n - 1.
        skewness: Theirs, adjusted for n (Joanes and Gill 1998, G1).
        n: Their number.
    """
    ends = []
    for sign in (1, -1):
        t = sign * student(n - 1) / n.sqrt()
        inverse = ((1 + skewness * (t - skewness / (6 * n))).cbrt() - 1) * 3 / skewness
        shift = pl.when(skewness.abs() < 1e-6).then(t).otherwise(inverse)
        ends.append(pl.max_horizontal(mean - spread * shift, 0.0))
    return ends[0], ends[1]
