"""The least and greatest value of each hidden number, over all tables that fit what is published.

Lives here: the order in which programs are asked. Does not: what is known (`bounds`), which bounds
give somebody away (`findings`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.audit.bounds import EXACT, Floats, System, View

Rows = NDArray[np.int64]
# Kinds of regions that are tried by themselves before the state, and whether each number is.
PARTS = {"county:": False, "macroregion:": True}
# Tables of the state whose mean says what is around a part of it.
AROUND = 2
# Two programs for many numbers at once go on while they widen as many as this to the width.
WORTH = 4


@dataclass
class Bound:
    """What an attacker knows of a number: the values seen in tables that fit all that is public.

    Attributes:
        low: The least value.
        high: The greatest value.
    """

    low: float
    high: float

    @property
    def width(self) -> float:
        """Whole people between the two ends."""
        return float(whole_people(np.array(self.low), np.array(self.high)))


def whole_people(low: Floats, high: Floats) -> Floats:
    """Return how many people are between two ends: nobody is divided."""
    return np.floor(high + EXACT) - np.ceil(low - EXACT)


class Search:
    """The least and greatest values of sums of unknowns that were seen in some table."""

    def __init__(self, system: System, targets: Any, width: float, seed: int) -> None:
        """Begin with no table.

        Args:
            system: All that is published.
            targets: A row for each sum, over the system's unknowns.
            width: People; a bound that is as wide is not widened further.
            seed: Of the random directions that are tried before single sums.
        """
        self.system, self.width = system, width
        self.targets: Any = sparse.csc_array(targets)
        used = self.targets[:, system.whole.columns]
        self.size = np.diff(sparse.csr_array(used).indptr)
        self.low, self.high = (np.full(len(self.size), end) for end in (np.inf, -np.inf))
        self.programs = 0
        self.is_feasible = True
        self.random = np.random.default_rng(seed)

    def narrow(self, rows: Rows) -> Rows:
        """Return the sums among some that are not yet wide enough."""
        return rows[~(whole_people(self.low[rows], self.high[rows]) >= self.width)]

    def run(self, wanted: Rows) -> None:
        """Widen the sums that are wanted: within counties and macroregions, then in the state.

        Around a region all is as in the mean of tables of the state, which fits all that is public.
        """
        whole = _Sums(self, self.system.whole)
        tables = [table for _ in range(AROUND) for table in whole.widen_randomly(wanted)]
        if not self.is_feasible:
            return
        table = np.zeros(self.targets.shape[1])
        table[whole.columns] = np.mean(tables, axis=0)
        for kind, by_itself in PARTS.items():
            for part in self.system.parts(kind, table):
                sums = _Sums(self, part)
                inside = np.intersect1d(sums.rows, wanted)
                seen = sums.widen_many(inside)
                if by_itself:
                    seen += sums.widen_each(inside)
                if seen:
                    table[part.columns] = np.mean([table[part.columns], *seen], axis=0)
        whole.widen_many(wanted)
        whole.widen_each(wanted)


class _Sums:
    """Sums that some unknowns decide, the others being as they are."""

    def __init__(self, search: Search, view: View) -> None:
        self.columns, self._search, self._solver = view.columns, search, view.solver
        self._targets = sparse.csr_array(search.targets[:, view.columns])
        size = np.diff(self._targets.indptr)
        self._is_whole = view is search.system.whole
        self.rows = np.flatnonzero((size == search.size) & ((size > 0) | self._is_whole))

    def widen(self, rows: Rows, weights: Floats) -> list[Floats]:
        """Look at the table that makes a weighted sum of sums greatest, and return it."""
        search = self._search
        search.programs += 1
        table = self._solver.greatest(self._targets[rows].T @ weights)
        if table is None:
            search.is_feasible &= not self._is_whole
            return []
        values = np.round(self._targets[self.rows] @ table, 6)
        search.low[self.rows] = np.minimum(search.low[self.rows], values)
        search.high[self.rows] = np.maximum(search.high[self.rows], values)
        return [table]

    def widen_randomly(self, rows: Rows) -> list[Floats]:
        """Widen many sums in a random direction and its opposite."""
        random = self._search.random
        weights = random.choice([-1.0, 1.0], len(rows)) * random.random(len(rows))
        return [table for sign in (1, -1) for table in self.widen(rows, sign * weights)]

    def widen_many(self, rows: Rows) -> list[Floats]:
        """Widen many sums at once in random directions, as long as that helps."""
        tables, left = list[Floats](), self._search.narrow(rows)
        before = len(left) + WORTH
        while len(left) and before - len(left) >= WORTH:
            tables += self.widen_randomly(left)
            before, left = len(left), self._search.narrow(left)
        return tables

    def widen_each(self, rows: Rows) -> list[Floats]:
        """Widen each sum that is still narrow by itself, but for those that are always zero."""
        tables, search = list[Floats](), self._search
        left = search.narrow(rows)
        ends = np.maximum(abs(search.low[left]), abs(search.high[left]))
        zeros, before = left[ends < EXACT], -1
        while before != (before := len(zeros)) and before:
            tables += self.widen(zeros, np.ones(len(zeros)))
            zeros = zeros[search.high[zeros] < EXACT]
        for target in np.setdiff1d(left, zeros):
            one = np.array([target])
            if len(search.narrow(one)):
                tables += [t for sign in (1.0, -1.0) for t in self.widen(one, np.array([sign]))]
        return tables


def bounds(
    system: System, targets: Any, wanted: NDArray[np.bool_], width: float, seed: int
) -> tuple[list[Bound], Search]:
    """Return the bounds of sums of unknowns, up to a width that is enough, and how they were found.

    Args:
        system: All that is published.
        targets: A row for each sum, over the system's unknowns.
        wanted: Which of them are secrets; others are known as far as these tell.
        width: People; a bound that is as wide is not widened further.
        seed: Of the random directions that are tried before single cells.
    """
    search = Search(system, targets, width, seed)
    search.run(np.flatnonzero(wanted))
    ends = zip(search.low, search.high, strict=True)
    return [Bound(float(a), float(b)) for a, b in ends], search
