"""Bounds of hidden cells, by linear programs over everything that is published.

Lives here: the unknowns of a count with those it is within, and the least and greatest value of
each hidden cell. Does not: reading files (`read`), judging bounds (`findings`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from pipelines.disclosure.audit.read import ALL, CROSSED, Cell, PublicBlock, PublicCount

Variable = tuple[str, str, int, str]  # count, group, area, code
UNLISTED = "without this attribute"
RANDOM_STALL = 3


@dataclass
class Bound:
    """What an attacker knows of a number: the values seen in tables that fit all that is public.

    Attributes:
        low: The least value.
        high: The greatest value.
        is_proven: Whether the two are the very ends, or the width was reached before.
    """

    low: float = np.inf
    high: float = -np.inf
    is_proven: bool = False

    @property
    def width(self) -> float:
        """People between the two ends."""
        return self.high - self.low

    def see(self, value: float) -> None:
        """Widen the bound to a value that is possible."""
        self.low, self.high = min(self.low, value), max(self.high, value)


class System:
    """The tables of a count and of all that it is within, as a solver knows them."""

    def __init__(
        self, block: PublicBlock, counts: list[PublicCount], everybody_has_groups: bool = True
    ) -> None:
        """Write down all that is published of some counts of a block.

        Args:
            block: Where they are published.
            counts: A count, and those that it is within.
            everybody_has_groups: Whether groups add up to totals unless the state's numbers say no.
        """
        self.block = block
        self.everybody_has_groups = everybody_has_groups
        self.most = 1000.0 + 10 * max((n for c in counts for n in c.shown.values()), default=0)
        self.columns: dict[Variable, int] = {}
        self._rows: list[tuple[dict[int, float], float, float]] = []
        self.areas = {group: self._areas(group) for group in block.regions}
        for count in counts:
            for group in block.regions:
                self._published(count, group)
                self._adds_up(count, group)
        ids = {count.count_id for count in counts}
        for count in counts:
            for whole in count.within & ids:
                self._is_within(count.count_id, whole)
        self._solver = self._load()
        self.programs = 0
        self.is_feasible = True

    def _areas(self, group: str) -> list[frozenset[str]]:
        """Return the areas that the regions of a group tell apart, each with its regions."""
        regions = self.block.regions[group]
        return sorted({of & regions for of in self.block.places.values()} - {frozenset()}, key=sorted)

    def _column(self, count: str, group: str, area: int, code: str) -> int:
        return self.columns.setdefault((count, group, area, code), len(self.columns))

    def of_cell(self, count: str, cell: Cell) -> dict[int, float]:
        """Return a cell as a sum of unknowns."""
        group, region, code = cell
        return {
            self._column(count, group, area, code): 1.0
            for area, regions in enumerate(self.areas[group])
            if region in regions
        }

    def _published(self, count: PublicCount, group: str) -> None:
        for region in sorted(self.block.regions[group]):
            for code in self.block.codes[group]:
                cell = (group, region, code)
                terms = self.of_cell(count.count_id, cell)
                if cell not in count.hidden and terms:
                    people = float(count.shown.get(cell, 0))
                    self._rows.append((terms, people, people))

    def _adds_up(self, count: PublicCount, group: str) -> None:
        """Groups add up to their totals, and people without the attribute are the rest."""
        places = {ALL: ()}.get(group, CROSSED.get(group, (ALL,)))
        for place, total in enumerate(places):
            by_total = defaultdict[str, list[str]](list)
            for code in self.block.codes[group]:
                by_total[code.split("-")[place] if group in CROSSED else ALL].append(code)
            for area, regions in enumerate(self.areas[group]):
                inside = [n for n, of in enumerate(self.areas[total]) if regions <= of]
                for of_total, codes in by_total.items():
                    terms = {self._column(count.count_id, group, area, c): 1.0 for c in codes}
                    for n in inside:
                        terms[self._column(count.count_id, total, n, of_total)] = -1.0
                    rest = (count.count_id, f"{group}:{total}:{of_total}", area, UNLISTED)
                    if not self._is_complete(count, group):
                        terms[self._column(*rest)] = 1.0
                    self._rows.append((terms, 0.0, 0.0))

    def _is_complete(self, count: PublicCount, group: str) -> bool:
        """Return whether everybody has the attribute, as far as the state's numbers say so."""
        totals = [count.shown.get((ALL, r, ALL)) for r in self._statewide()]
        shown = [
            count.shown.get((group, r, c), 0)
            for r in self._statewide()
            for c in self.block.codes[group]
        ]
        hidden = any(cell[0] == group and cell[1] in self._statewide() for cell in count.hidden)
        if hidden or None in totals:
            return self.everybody_has_groups
        return sum(filter(None, totals)) == sum(shown)

    def _statewide(self) -> list[str]:
        return [r for r in self.block.regions[ALL] if r.startswith("statewide:")]

    def _is_within(self, part: str, whole: str) -> None:
        for (count, *where), column in list(self.columns.items()):
            if count == part:
                other = self.columns.get((whole, *where))
                if other is not None:
                    self._rows.append(({column: 1.0, other: -1.0}, -highspy.kHighsInf, 0.0))

    def _load(self) -> highspy.Highs:
        indptr, indices, data = [0], list[int](), list[float]()
        for terms, _, _ in self._rows:
            indices += terms.keys()
            data += terms.values()
            indptr.append(len(indices))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.columns), len(self._rows)
        model.col_cost_ = np.zeros(len(self.columns))
        model.col_lower_ = np.zeros(len(self.columns))
        model.col_upper_ = np.full(len(self.columns), self.most)
        model.row_lower_ = np.array([low for _, low, _ in self._rows])
        model.row_upper_ = np.array([high for *_, high in self._rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(indptr)
        model.a_matrix_.index_ = np.array(indices)
        model.a_matrix_.value_ = np.array(data)
        solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1)):
            solver.setOptionValue(option, value)
        solver.passModel(model)
        return solver

    def extreme(self, objective: np.ndarray) -> np.ndarray | None:
        """Return the table that makes an objective greatest, or None if there is no table."""
        self.programs += 1
        every = np.arange(len(objective), dtype=np.int32)
        self._solver.changeColsCost(len(objective), every, -objective)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return np.array(self._solver.getSolution().col_value)
        self.is_feasible = False
        return None


def bounds(
    system: System, targets: Iterable[dict[int, float]], width: float, seed: int
) -> list[Bound]:
    """Return the bounds of sums of unknowns, up to a width that is enough.

    Args:
        system: All that is published.
        targets: Sums of unknowns, as columns with their factor.
        width: People; a bound that is as wide is not widened further.
        seed: Of the random directions that are tried before single cells.
    """
    listed = list(targets)
    sums = sparse.csr_array((len(listed), len(system.columns)))
    rows = [(n, column, factor) for n, terms in enumerate(listed) for column, factor in terms.items()]
    if rows:
        where, columns, factors = (np.array(part) for part in zip(*rows, strict=True))
        sums = sparse.csr_array((factors, (where, columns)), shape=sums.shape)
    found = [Bound() for _ in listed]
    random = np.random.default_rng(seed)
    open_cells = set(range(len(listed)))

    def look(table: np.ndarray | None) -> int:
        if table is None:
            return 0
        for bound, value in zip(found, sums @ table, strict=True):
            bound.see(round(float(value), 6))
        wide = {n for n in open_cells if found[n].width >= width - 1e-6}
        open_cells.difference_update(wide)
        return len(wide)

    idle = 0
    while open_cells and idle < RANDOM_STALL and system.is_feasible:
        signs = np.zeros(len(listed))
        narrow = sorted(open_cells)
        signs[narrow] = random.choice([-1.0, 1.0], len(narrow)) * random.random(len(narrow))
        closed = sum(look(system.extreme(sign * (signs @ sums))) for sign in (1, -1))
        idle = 0 if closed else idle + 1
    for cell in sorted(open_cells):
        if cell in open_cells and system.is_feasible:
            for sign in (1, -1):
                look(system.extreme(sign * sums[[cell]].toarray()[0]))
    for n, bound in enumerate(found):
        bound.is_proven = system.is_feasible or n not in open_cells
    return found

