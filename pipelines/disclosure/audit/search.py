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
from pipelines.disclosure.audit.moves import Moves

Rows = NDArray[np.int64]
# Parts that are tried before the state: regions of a kind; whether counts that hold a count change
# with it; whether all kinds of groups do.
PARTS = (
    ("county:", False, False),
    ("macroregion:", False, False),
    ("county:", True, False),
    ("county:", True, True),
    ("macroregion:", True, False),
    ("statewide:", False, False),
)
# Two programs for many numbers at once go on while they widen as many as this to the width; of the
# whole state, whose programs take seconds, each of them.
WORTH, WORTH_STATE = 4, 50
# How many times fewer are asked at once where many are in the way of each other.
FEWER = 4
# Steps of the simplex method, of which a state of 60,000 makes some 10,000 a second, after which no
# more numbers are asked one by one: what is narrow then is unproven, and a repair hides it.
WORK = 500_000
# What many numbers are asked beyond the width: found from the inside, ends are not quite reached.
BEYOND = 0.01


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

    def run(self, wanted: Rows, table: Floats | None) -> None:
        """Widen the sums that are wanted: within parts of the state, and then in the state.

        Around a part all is as in a table of the state that fits all that is public.

        Args:
            wanted: Numbers of sums.
            table: Such a table, far from all ends; None if there is none.
        """
        asked = np.zeros(len(self.size), dtype=bool)
        asked[wanted] = True
        asked[self.size == 0] = False
        self.is_feasible = table is not None
        if table is None:
            return
        table = table.copy()
        whole = _Sums(self, self.system.whole, asked)
        whole.see(table[whole.columns])
        for kind, with_wholes, together in PARTS:
            for part in self.system.parts(kind, table, with_wholes, together):
                if seen := _Sums(self, part, asked).widen_many():
                    table[part.columns] = np.mean([table[part.columns], *seen], axis=0)
        moves = Moves(self.system.whole.solver, table[whole.columns])
        whole.reach_many(moves)
        whole.reach_each(moves)


class _Sums:
    """Sums that some unknowns decide, the others being as they are."""

    def __init__(self, search: Search, view: View, asked: NDArray[np.bool_]) -> None:
        self.columns, self._search, self._view = view.columns, search, view
        targets = sparse.csr_array(search.targets[:, view.columns])
        size = np.diff(targets.indptr)
        self._rows = np.flatnonzero((size == search.size) & (size > 0))
        self._targets = sparse.csr_array(targets[self._rows])
        self._asked = asked[self._rows]

    def narrow(self) -> Rows:
        """Return places of the sums that are asked and are not yet wide enough."""
        return np.flatnonzero(self._asked & ~self._search.is_done(self._rows))

    def widen(self, at: Rows, weights: Floats) -> list[Floats]:
        """Look at the table that makes a weighted sum of sums greatest, and return it."""
        self._search.programs += 1
        every = np.zeros(len(self._rows))
        every[at] = weights
        table = self._view.solver.greatest(self._targets.T @ every)
        if table is None:
            return []
        self.see(table)
        return [table]

    def see(self, table: Floats) -> None:
        """Take in what sums are in a table."""
        search, rows = self._search, self._rows
        values = np.round(self._targets @ table, 6)
        search.low[rows] = np.minimum(search.low[rows], values)
        search.high[rows] = np.maximum(search.high[rows], values)

    def widen_randomly(self, at: Rows) -> list[Floats]:
        """Widen many sums in random directions and their opposites; upwards those at zero."""
        random, low = self._search.random, self._search.low[self._rows[at]]
        signs = np.where(low < EXACT, 1.0, random.choice([-1.0, 1.0], len(at)))
        tables = list[Floats]()
        for sign in (1, -1):
            weights = np.where(low < EXACT, 1, sign) * signs * random.random(len(at))
            tables += self.widen(at, weights)
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

    def _end(self, at: Any, up: Any, people: float) -> Any:
        """Return what sums have at least, or with the other sign at most, with people more."""
        search, rows = self._search, self._rows[at]
        low, high = np.ceil(search.low[rows] - EXACT), np.floor(search.high[rows] + EXACT)
        return np.where(up, low, -high) + people

    def reach_many(self, moves: Moves) -> None:
        """Widen many sums at once as far as they are asked, while that takes less than each."""
        search, before = self._search, np.inf
        while before - len(left := self.narrow()) >= WORTH_STATE:
            before, up = len(left), search.random.random(len(left)) < 0.5
            up |= search.low[self._rows[left]] < EXACT
            sums = sparse.csr_array(
                sparse.diags_array(np.where(up, 1.0, -1.0)) @ self._targets[left]
            )
            ends = self._end(left, up, search.width + BEYOND)
            search.programs += 1
            table = moves.many(sums, ends, 0.5 + search.random.random(len(left)))
            if table is None:
                return
            self.see(table)

    def reach_each(self, moves: Moves) -> None:
        """Widen each sum by itself, or find the last whole person on both of its sides."""
        search = self._search
        for target in self.narrow():
            if moves.steps > WORK:
                return
            at, doubts = self._rows[[target]], moves.doubts
            for people in (search.width, None):
                for up in (True, False):
                    while not search.is_done(at)[0] and self._reach(moves, target, up, people):
                        pass
            search.is_settled[at] = moves.doubts == doubts

    def _reach(self, moves: Moves, target: int, up: bool, people: float | None) -> bool:
        """Ask for one more person than was seen, or for people; return whether there were."""
        row, sign, search = self._targets[[target]], 1.0 if up else -1.0, self._search
        seen = search.high if up else -search.low
        last = np.floor(seen[self._rows[target]] + EXACT)
        end = last + 1 if people is None else self._end(target, up, people)
        search.programs += 1
        table = moves.one(row.indices, sign * row.data, float(end))
        if table is not None:
            self.see(table)
        return table is not None


def bounds(
    system: System,
    targets: Any,
    wanted: NDArray[np.bool_],
    width: float,
    seed: int,
    secret: Secret | None = None,
) -> tuple[list[Bound], Search]:
    """Return the bounds of sums of unknowns, up to a width that is enough, and how they were found.

    Args:
        system: All that is published.
        targets: A row for each sum, over the system's unknowns.
        wanted: Which of them are secrets; others are known as far as these tell.
        width: People; a bound that is as wide is not widened further.
        seed: Of the random directions that are tried before single cells.
        secret: Which of them could be secrets; by default all.
    """
    search = Search(system, targets, width, seed, secret)
    search.run(np.flatnonzero(wanted), system.middle())
    ends = zip(search.low, search.high, strict=True)
    return [Bound(float(a), float(b)) for a, b in ends], search
