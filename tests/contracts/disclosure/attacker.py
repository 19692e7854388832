"""An attacker of the tests' own: bounds by scipy, over all counts of a small state at once.

It knows what was asked (conditions of the metrics, regions of places) and takes the published
numbers from the database. It shares nothing with the audit but the promise.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from tests.contracts.disclosure.cases import METRICS, PLACES, Person, regions

FLAGS = ("is_finished", "is_employed", "is_trained")
Term = tuple[str, str, str, str]  # metric, part, region, group and code


class Attacker:
    """Everything published as equations of how many people of each kind are at each place.

    A kind is a person's race, gender and outcomes: as fine as the data.
    """

    def __init__(self, folder: Path, people: list[Person]) -> None:
        """Take the published numbers; of people only which codes there are."""
        races, genders = ({getattr(p, a) for p in people} for a in ("race", "gender"))
        flags = list(product((False, True), repeat=len(FLAGS)))
        self.kinds = [
            Person(place, race, gender, *of)
            for place, race, gender, of in product(PLACES, sorted(races), sorted(genders), flags)
        ]
        with duckdb.connect(str(folder / "public.duckdb"), read_only=True) as connection:
            rows = connection.execute(
                "select metric_id || '@' || definition_version, region_id, student_group, "
                "student_group_value, numerator, denominator, value_at_least, value_at_most "
                "from metric_value"
            ).fetchall()
        self.published = {tuple(row[:4]): row[4:6] for row in rows}
        self.bounds_of = {
            tuple(row[:4]): (row[6] * row[5], row[7] * row[5]) for row in rows if row[6] is not None
        }
        lhs, rhs = [], []
        for cell in self.cells():
            if cell[1].startswith("zone:"):
                continue
            for part, people_there in enumerate(self.published.get(cell, (0, 0))):
                if people_there is not None:
                    lhs.append(self.row(cell, part))
                    rhs.append(people_there)
        self.lhs, self.rhs = csr_array(np.array(lhs)), np.array(rhs)
        least, most = np.array(list(self.bounds_of.values())).reshape(-1, 2).T
        rows = np.array([self.row(cell, 0) for cell in self.bounds_of])
        rows = rows.reshape(-1, len(self.kinds))
        self.below = csr_array(np.vstack([rows, -rows])), np.concatenate([most, -least])

    def cells(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield every cell of the public cuts, and of the zones, which are not public."""
        groups = {item for kind in self.kinds for item in kind.groups().items()}
        everywhere = sorted(
            {r for p in PLACES for s, r in regions(p).items() if s != "institution"}
        )
        for metric, region, (group, code) in product(METRICS, everywhere, sorted(groups)):
            yield metric, region, group, code

    def row(self, cell: tuple[str, str, str, str], part: int) -> np.ndarray:
        """Return a cell's numerator (0) or denominator (1) as a sum of kinds."""
        metric, region, group, code = cell
        denominator, numerator = METRICS[metric]
        conditions = " and ".join(c for c in (denominator, numerator if part == 0 else "") if c)
        return self._there(region) * self._in_group(group, code) * self._meeting(conditions)

    @cache  # noqa: B019 (an attacker lives for one test)
    def _there(self, region: str) -> np.ndarray:
        return np.array([float(region in regions(kind.place).values()) for kind in self.kinds])

    @cache  # noqa: B019
    def _in_group(self, group: str, code: str) -> np.ndarray:
        return np.array([float(kind.groups().get(group) == code) for kind in self.kinds])

    @cache  # noqa: B019
    def _meeting(self, conditions: str) -> np.ndarray:
        return np.array([float(kind.meets(conditions)) for kind in self.kinds])

    def bounds(self, row: np.ndarray) -> tuple[float, float]:
        """Return the least and the greatest value of a sum of kinds."""
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * row, *self.below, A_eq=self.lhs, b_eq=self.rhs, bounds=(0, 1000)
            )
            assert solved.status == 0, solved.message
            ends.append(sign * solved.fun)
        return ends[0], ends[1]


def exact(people: list[Person], kinds: list[Person]) -> Callable[[np.ndarray], int]:
    """Return a function that gives the true value of a sum of kinds."""
    numbers = Counter(people)
    counts = np.array([numbers[kind] for kind in kinds])
    return lambda row: int(row @ counts)
