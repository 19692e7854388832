"""Small vectorised draws that every part of a life uses.

Lives here: calibrated chances, weighted picks, dates, repetition of rows. Does not: any parameter.
"""

from collections.abc import Sequence

import numpy as np


def log_odds(share: np.ndarray | float) -> np.ndarray:
    """Return log-odds of shares strictly between 0 and 1."""
    clipped = np.clip(share, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))


def calibrated(logits: np.ndarray, target: float, among: np.ndarray | None = None) -> np.ndarray:
    """Return chances that keep the differences of `logits` and average `target`.

    Args:
        logits: Log-odds, one a person.
        target: Mean chance, 0 to 1.
        among: Whose mean it is; everybody unless given.
    """
    base = logits if among is None else logits[among]
    if base.size == 0:
        return _sigmoid(logits)
    low, high = -20.0, 20.0
    # 40 halvings of 40 log-odds leave the mean within 1e-10 of the target.
    for _ in range(40):
        middle = (low + high) / 2
        if _sigmoid(base + middle).mean() < target:
            low = middle
        else:
            high = middle
    return _sigmoid(logits + (low + high) / 2)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def pick(rng: np.random.Generator, weights: Sequence[float] | np.ndarray, size: int) -> np.ndarray:
    """Return `size` row numbers drawn with these weights."""
    share = np.asarray(weights, dtype=float)
    return rng.choice(len(share), size, p=share / share.sum())


def pick_by_row(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """Return one column number for each row of a matrix of weights."""
    cumulative = np.cumsum(weights, axis=1)
    draw = rng.random(len(weights)) * cumulative[:, -1]
    return (cumulative < draw[:, None]).sum(axis=1)


def day(year: np.ndarray | int, month: int, of_month: np.ndarray | int) -> np.ndarray:
    """Return dates; `of_month` may run past the month's end into the next."""
    months = (np.asarray(year) - 1970) * 12 + (month - 1)
    return months.astype("datetime64[M]").astype("datetime64[D]") + (np.asarray(of_month) - 1)


def year_of(days: np.ndarray) -> np.ndarray:
    """Return the calendar year in which the academic year of each date starts."""
    months = days.astype("datetime64[M]").astype(int)
    return 1970 + (months - 6) // 12


def completed_years(born: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Return age in completed years."""
    months_born = born.astype("datetime64[M]")
    months_on = on.astype("datetime64[M]")
    day_born = (born - months_born.astype("datetime64[D]")).astype(int)
    day_on = (on - months_on.astype("datetime64[D]")).astype(int)
    months = months_on.astype(int) - months_born.astype(int) - (day_on < day_born)
    return months // 12


def repeated(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for rows repeated `counts` times, their row number and their turn from 0."""
    row = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return row, np.arange(len(row)) - np.repeat(starts, counts)
