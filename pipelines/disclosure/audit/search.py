"""The least and greatest value of each hidden number, over all tables that fit what is published.

Lives here: the order in which programs are asked. Does not: what is known (`bounds`), which bounds
give somebody away (`findings`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.audit.bounds import EXACT, Floats, System, View

Rows = NDArray[np.int64]
# Parts that are tried before the state: regions of a kind; whether counts that hold a count change
# with it; whether all kinds of groups do; whether each number is asked by itself.
PARTS = (
    ("county:", False, False, False),
    ("macroregion:", False, False, False),
    ("county:", True, False, False),
    ("macroregion:", True, False, False),
    ("statewide:", False, False, False),
    ("macroregion:", True, True, False),
)
# Two programs for many numbers at once go on while they widen as many as this to the width.
WORTH = 4
# Steps of the simplex method after which no more numbers are asked in the whole state: what is
# narrow then is unproven.
WORK = 500_000
# How many times fewer are asked at once where many are in the way of each other.
FEWER = 4
# Of the whole state, whose programs take seconds: as long as they widen this share of what is left.
SHARE = 0.1
# As few are asked one by one.
FEW = 10


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


@dataclass(frozen=True)
class Secret:
    """What makes a sum a secret: few people, or all but a few of a whole.

    Attributes:
        least: People; fewer are a secret.
        row: For each sum the number of that of its whole, or -1.
        known: Its whole, where that is known; infinite where it has none.
    """

    least: int
    row: Rows
    known: Floats


def secrets(
    names: Sequence[tuple[str, Any]],
    of_known: dict[tuple[str, Any], Bound],
    is_numerator: bool,
    least: int,
) -> Secret:
    """Return what makes some numbers secrets.

    Args:
        names: What each is, and where.
        of_known: Wholes that are known.
        is_numerator: Whether cells, rests and their complements have a whole.
        least: People; fewer are a secret.
    """
    place = {name: number for number, name in enumerate(names)}
    row, known = np.full(len(names), -1), np.full(len(names), np.inf)
    for number, (what, cell) in enumerate(names):
        if is_numerator and what in ("cell", "complement", "rest"):
            of = ("rest of" if what == "rest" else "whole", cell)
            row[number] = place.get(of, -1)
            known[number] = of_known[of].high if of in of_known else -np.inf
    return Secret(least, row, known)


def whole_people(low: Floats, high: Floats) -> Floats:
    """Return how many people are between two ends: nobody is divided."""
    return np.floor(high + EXACT) - np.ceil(low - EXACT)


class Search:
    """The least and greatest values of sums of unknowns that were seen in some table."""

    def __init__(
        self, system: System, targets: Any, width: float, seed: int, secret: Secret | None = None
    ) -> None:
        """Begin with no table.

        Args:
            system: All that is published.
            targets: A row for each sum, over the system's unknowns.
            width: People; a bound that is as wide is not widened further.
            seed: Of the random directions that are tried before single sums.
            secret: Which of them could be secrets; by default all.
        """
        self.system, self.width, self._secret = system, width, secret
        self.targets: Any = sparse.csc_array(targets)
        used = self.targets[:, system.whole.columns]
        self.size = np.diff(sparse.csr_array(used).indptr)
        # What is made of published zeros alone is zero.
        self.low, self.high = (np.where(self.size > 0, end, 0.0) for end in (np.inf, -np.inf))
        self.programs = 0
        self.is_settled = self.size == 0
        self.is_feasible = True
        self.random = np.random.default_rng(seed)

    def is_done(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which of some sums are wide, or no secret even if they are narrow.

        The ends of a narrow one are within a width of any value that was seen.
        """
        low, high = np.ceil(self.low - EXACT), np.floor(self.high + EXACT)
        done = (high - low)[rows] >= self.width
        if self._secret is None:
            return done
        of = np.where(self._secret.row >= 0, high[self._secret.row], self._secret.known)
        most = self._secret.least + self.width
        return done | ((high >= most) & (of - low >= most))[rows]

    def unproven(self, rows: Rows) -> Rows:
        """Return those of some sums that are narrow so far, and not asked to the end."""
        return rows[~self.is_done(rows) & ~self.is_settled[rows]]

    def run(self, wanted: Rows, middle: Floats | None) -> None:
        """Widen the sums that are wanted: within parts of the state, and then in the state.

        Around a part all is as in a table of the state that fits all that is public.

        Args:
            wanted: Numbers of sums.
            middle: Such a table, far from all ends; None if none was found.
        """
        asked = np.zeros(len(self.size), dtype=bool)
        asked[wanted] = True
        asked[self.size == 0] = False
        whole = _Sums(self, self.system.whole, asked)
        if middle is None:
            whole.widen_randomly(whole.narrow())
            if not self.is_feasible:
                return
        else:
            table = middle.copy()
            whole.see(table[whole.columns])
            for kind, with_wholes, together, by_itself in PARTS:
                for part in self.system.parts(kind, table, with_wholes, together):
                    sums = _Sums(self, part, asked)
                    seen = sums.widen_many()
                    seen += sums.widen_each() if by_itself else []
                    if seen:
                        table[part.columns] = np.mean([table[part.columns], *seen], axis=0)
        whole.widen_inside()
        whole.settle_constant()
        whole.widen_each(WORK)


class _Sums:
    """Sums that some unknowns decide, the others being as they are."""

    def __init__(self, search: Search, view: View, asked: NDArray[np.bool_]) -> None:
        self.columns, self._search, self._view = view.columns, search, view
        targets = sparse.csr_array(search.targets[:, view.columns])
        size = np.diff(targets.indptr)
        self._is_whole = view is search.system.whole
        self._rows = np.flatnonzero((size == search.size) & (size > 0))
        self._targets = sparse.csr_array(targets[self._rows])
        self._asked = asked[self._rows]

    def narrow(self) -> Rows:
        """Return places of the sums that are asked and are not yet wide enough."""
        return np.flatnonzero(self._asked & ~self._search.is_done(self._rows))

    def widen(self, at: Rows, weights: Floats, *, inside: bool = False) -> list[Floats]:
        """Look at the table that makes a weighted sum of sums greatest, and return it."""
        search, solver = self._search, self._view.solver
        search.programs += 1
        every = np.zeros(len(self._rows))
        every[at] = weights
        ask = solver.middle if inside else solver.greatest
        table = ask(self._targets.T @ every)
        if table is None:
            search.is_feasible &= inside or not self._is_whole
            return []
        self.see(table)
        return [table]

    def see(self, table: Floats) -> None:
        """Take in what sums are in a table."""
        search, rows = self._search, self._rows
        values = np.round(self._targets @ table, 6)
        search.low[rows] = np.minimum(search.low[rows], values)
        search.high[rows] = np.maximum(search.high[rows], values)

    def widen_randomly(self, at: Rows, *, inside: bool = False) -> list[Floats]:
        """Widen many sums in random directions and their opposites; upwards those at zero."""
        random, low = self._search.random, self._search.low[self._rows[at]]
        signs = np.where(low < EXACT, 1.0, random.choice([-1.0, 1.0], len(at)))
        tables = list[Floats]()
        for sign in (1, -1):
            weights = np.where(low < EXACT, 1, sign) * signs * random.random(len(at))
            tables += self.widen(at, weights, inside=inside)
        return tables

    def widen_many(self) -> list[Floats]:
        """Widen many sums at once in random directions, fewer at once where they are in the way."""
        tables, left, share = list[Floats](), self.narrow(), 1.0
        while len(left) * share >= 1:
            chosen = left[self._search.random.random(len(left)) < share]
            tables += self.widen_randomly(chosen) if len(chosen) else []
            before, left = len(left), self.narrow()
            if before - len(left) < WORTH:
                share /= FEWER
        return tables

    def widen_inside(self) -> None:
        """Widen many sums of the whole state by a method that does not go from end to end."""
        left, share = self.narrow(), 1.0
        while len(left) * share >= FEW:
            chosen = left[self._search.random.random(len(left)) < share]
            self.widen_randomly(chosen, inside=True)
            before, left = len(left), self.narrow()
            if before - len(left) < SHARE * before:
                share /= FEWER

    def settle_constant(self) -> None:
        """Settle sums that are the same in all tables.

        If a sum of them with random weights has one value, each of them has: weights that hide a
        change of one by another's are drawn with probability zero.
        """
        search = self._search
        while len(same := np.setdiff1d(self._same(), self._settled())):
            rows = self._rows[same]
            values, weights = search.low[rows], 0.5 + search.random.random(len(same))
            for sign in (1, -1):
                if not self.widen(same, sign * weights):
                    return
            if not (abs(search.high[rows] - search.low[rows]) > EXACT).any():
                search.is_settled[rows] = True
            elif (search.low[rows] == values).all() and not (search.high[rows] > values).any():
                return

    def _same(self) -> Rows:
        low, high = self._search.low[self._rows], self._search.high[self._rows]
        return self.narrow()[(high - low)[self.narrow()] < EXACT]

    def _settled(self) -> Rows:
        return np.flatnonzero(self._search.is_settled[self._rows])

    def widen_each(self, steps: float = np.inf) -> list[Floats]:
        """Widen each sum that is still narrow by itself, but for those that seem constant.

        In the whole state all are asked, until the solver made some steps.
        """
        tables, search = list[Floats](), self._search
        left = np.setdiff1d(self.narrow(), self._settled())
        for target in left if self._is_whole else np.setdiff1d(left, self._same()):
            at, one = self._rows[target], np.array([target])
            if self._view.solver.steps > steps:
                break
            for sign in (1.0, -1.0):
                if not search.is_done(np.array([at]))[0]:
                    tables += self.widen(one, np.array([sign]))
            search.is_settled[at] |= self._is_whole
        return tables


def bounds(
    system: System,
    targets: Any,
    wanted: NDArray[np.bool_],
    width: float,
    seed: int,
    middle: Floats | None,
    secret: Secret | None = None,
) -> tuple[list[Bound], Search]:
    """Return the bounds of sums of unknowns, up to a width that is enough, and how they were found.

    Args:
        system: All that is published.
        targets: A row for each sum, over the system's unknowns.
        wanted: Which of them are secrets; others are known as far as these tell.
        width: People; a bound that is as wide is not widened further.
        seed: Of the random directions that are tried before single cells.
        middle: A table that fits all that is published, far from all ends, or None.
        secret: Which of them could be secrets; by default all.
    """
    search = Search(system, targets, width, seed, secret)
    search.run(np.flatnonzero(wanted), middle)
    ends = zip(search.low, search.high, strict=True)
    return [Bound(float(a), float(b)) for a, b in ends], search
