"""Random numbers with addresses, and the small vectorised steps that every part of a life uses.

Lives here: `Draws`, permutations, weighted picks, dates, repetition of rows. Does not: parameters.

A number is a hash of the seed, the name of the draw and the address of what it is drawn for (a
person, or a person and a running number). So no draw depends on which others are drawn before or
beside it, and lives come out the same whatever the chunks they are lived in.
"""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

# Constants of the splitmix64 generator (Steele, Lea, Flood 2014).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def _mixed(bits: np.ndarray) -> np.ndarray:
    """Return 64-bit numbers in which every bit of the input moves half of the bits."""
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
        bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


def key(*names: str | int) -> np.uint64:
    """Return the 64-bit key of a name."""
    digest = sha256("/".join(map(str, names)).encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "big"))


class Draws:
    """Random numbers for the rows of an array, one a row and name.

    Args:
        seed: Seed of the state.
        topic: What the numbers are for; the same name under another topic is another number.
        address: What each row is, as whole numbers.
    """

    def __init__(self, seed: int | str, topic: str, address: np.ndarray) -> None:
        self._topic = (seed, topic)
        with np.errstate(over="ignore"):
            self._address = _mixed((np.asarray(address).astype(np.uint64) + np.uint64(1)) * _GOLDEN)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._address.size

    def at(self, row: np.ndarray, turn: np.ndarray | int) -> "Draws":
        """Return draws for the events of rows: row `row`, event number `turn` of it."""
        events = Draws.__new__(Draws)
        events._topic = self._topic
        turns = np.asarray(turn).astype(np.uint64) + np.uint64(1)
        with np.errstate(over="ignore"):
            events._address = _mixed(self._address[row] + turns * _GOLDEN)
        return events

    def bits(self, name: str) -> np.ndarray:
        """Return 64 random bits a row."""
        return _mixed(self._address ^ key(*self._topic, name))

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Return numbers between `low` and `high`, neither included."""
        unit = (self.bits(name) >> np.uint64(12)).astype(np.float64)
        return low + (high - low) * (unit + 0.5) * 2.0**-52

    def chance(self, name: str, share: np.ndarray | float) -> np.ndarray:
        """Return true with these probabilities."""
        return self.uniform(name) < share

    def normal(self, name: str, mean: np.ndarray | float = 0.0, spread: float = 1.0) -> np.ndarray:
        """Return normal numbers, by Box and Muller's transformation."""
        radius = np.sqrt(-2 * np.log(self.uniform(f"{name}/radius")))
        return mean + spread * radius * np.cos(2 * np.pi * self.uniform(f"{name}/angle"))

    def whole(self, name: str, low: int, high: np.ndarray | int) -> np.ndarray:
        """Return whole numbers from `low` to below `high`."""
        return low + np.floor(self.uniform(name) * (np.asarray(high) - low)).astype(np.int64)

    def pick(self, name: str, weights: Sequence[float] | np.ndarray) -> np.ndarray:
        """Return row numbers of `weights`, drawn with them."""
        cumulative = np.cumsum(np.asarray(weights, dtype=float))
        rows = np.searchsorted(cumulative, self.uniform(name) * cumulative[-1], side="right")
        return np.minimum(rows, len(cumulative) - 1)

    def pick_code(self, name: str, weights: dict[str, int]) -> np.ndarray:
        """Return codes drawn with their weights."""
        return np.array(list(weights))[self.pick(name, list(weights.values()))]

    def pick_by_row(self, name: str, weights: np.ndarray) -> np.ndarray:
        """Return a column number for each row of a matrix of weights."""
        cumulative = np.cumsum(weights, axis=1)
        draw = self.uniform(name) * cumulative[:, -1]
        return np.minimum((cumulative <= draw[:, None]).sum(axis=1), weights.shape[1] - 1)


def permuted(number: np.ndarray, space: int, name: np.uint64 | np.ndarray) -> np.ndarray:
    """Return distinct numbers below `space` for distinct numbers below `space`.

    `name` is the key, one for all or one a number; numbers are distinct under the same key. A
    Feistel network of four rounds over the least even number of bits, walked until it lands in the
    space (Black and Rogaway 2002).

    Raises:
        ValueError: A number is not below `space`.
    """
    number = np.asarray(number).astype(np.uint64)
    if number.size and int(number.max()) >= space:
        raise ValueError(f"{int(number.max())} does not fit into {space}")
    half = np.uint64((max(space - 1, 1).bit_length() + 1) // 2)
    mask = np.uint64((1 << int(half)) - 1)
    result, name = number.copy(), np.broadcast_to(name, number.shape)
    outside = np.ones(number.shape, dtype=bool)
    while outside.any():
        left, right = result[outside] >> half, result[outside] & mask
        for turn in range(4):
            mixed = _mixed((right + np.uint64(turn << 40)) ^ name[outside]) & mask
            left, right = right, left ^ mixed
        result[outside] = (left << half) | right
        outside[outside] = result[outside] >= space
    return result.astype(np.int64)


def log_odds(share: np.ndarray | float) -> np.ndarray:
    """Return log-odds of shares strictly between 0 and 1."""
    clipped = np.clip(share, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return the shares that have these log-odds."""
    return 1 / (1 + np.exp(-logits))


def day(year: np.ndarray | int, month: np.ndarray | int, of_month: np.ndarray | int) -> np.ndarray:
    """Return dates; `of_month` may run past the month's end into the next."""
    months = (np.asarray(year) - 1970) * 12 + (np.asarray(month) - 1)
    return months.astype("datetime64[M]").astype("datetime64[D]") + (np.asarray(of_month) - 1)


def start_year(days: np.ndarray) -> np.ndarray:
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
