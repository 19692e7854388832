"""Everything that is published of a count, as a linear program.

Lives here: the unknowns of a count with those it is within, and what is known of them. Does not:
reading files (`read`), the least and greatest value of each hidden cell (`search`).
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.audit.read import ALL, CROSSED, PublicBlock, PublicCount

Floats = NDArray[np.float64]
EXACT = 1e-6
# Equations that follow from others are not looked for: of eight counts that did not come to an end.
DEPENDENT = 1 << 9


@dataclass
class View:
    """Some unknowns, the others being as they are in a table that fits all that is published.

    Attributes:
        columns: Which unknowns.
        load: Makes a solver over them.
    """

    columns: NDArray[np.int64]
    load: Callable[[], "Solver"]

    @cached_property
    def solver(self) -> "Solver":
        """A solver over them, made when it is asked."""
        return self.load()


class System:
    """The tables of a count and of all that it is within, as a solver knows them.

    Unknowns are people by count, kind of groups, area and code. All that is published is an
    equation of them; unknowns of which a published zero is made are left out.
    """

    def __init__(self, block: PublicBlock, stack: list[PublicCount]) -> None:
        """Write down all that is published of a count, the first of the stack, and its wholes."""
        self.block = block
        self._offset = dict[tuple[str, str], int]()
        self.size = 0
        for count in stack:
            for group, cut in block.cuts.items():
                self._offset[count.count_id, group] = self.size
                self.size += len(cut.areas) * len(cut.codes)
        self._rows = list[tuple[Any, Floats, Floats]]()
        for count in stack:
            for group in block.cuts:
                self._published(count, group)
                self._adds_up(count, group)
        ids = {count.count_id for count in stack}
        for count in stack:
            for whole in sorted(count.within & ids):
                self._is_within(count.count_id, whole)
        self.whole = self._load()
        self._by_column = sparse.csc_array(self.whole.solver.matrix)
        self._place = np.full(self.size, -1)
        self._place[self.whole.columns] = np.arange(len(self.whole.columns))

    def cells(self, count_id: str, group: str) -> Any:
        """Return the cells of a count, region by region and code by code, as sums of unknowns."""
        cut = self.block.cuts[group]
        one = sparse.eye_array(len(cut.codes))
        return self._at(count_id, group, sparse.kron(cut.member, one, format="csr"))

    def _at(self, count_id: str, group: str, matrix: Any) -> Any:
        """Return a matrix over the unknowns of a count and group as one over all unknowns."""
        matrix = sparse.csr_array(matrix)
        columns = matrix.indices + self._offset[count_id, group]
        return sparse.csr_array(
            (matrix.data, columns, matrix.indptr), shape=(matrix.shape[0], self.size)
        )

    def _equal(self, matrix: Any, values: Floats) -> None:
        self._rows.append((matrix, values, values))

    def _published(self, count: PublicCount, group: str) -> None:
        cut = self.block.cuts[group]
        cells = [(group, region, code) for region in cut.regions for code in cut.codes]
        shown = np.array([n for n, cell in enumerate(cells) if cell not in count.hidden], dtype=int)
        values = np.array([float(count.shown.get(cells[n], 0)) for n in shown])
        self._equal(self.cells(count.count_id, group)[shown], values)
        bounds = {n: count.bounds[cell] for n, cell in enumerate(cells) if cell in count.bounds}
        if bounds:
            ends = np.array(list(bounds.values()), dtype=float)
            self._rows.append((self.cells(count.count_id, group)[list(bounds)], *ends.T))

    def _adds_up(self, count: PublicCount, group: str) -> None:
        """Groups add up to their totals, area by area."""
        cut = self.block.cuts[group]
        for place, total in enumerate(CROSSED.get(group, () if group == ALL else (ALL,))):
            above = self.block.cuts[total]
            sums = np.array(
                [
                    [group not in CROSSED or code.split("-")[place] == of for code in cut.codes]
                    for of in above.codes
                ],
                dtype=float,
            )
            public = frozenset(cut.regions)
            inside = np.array([[area == of & public for of in above.areas] for area in cut.areas])
            parts = sparse.kron(sparse.eye_array(len(cut.areas)), sums)
            wholes = sparse.kron(inside.astype(float), sparse.eye_array(len(above.codes)))
            rows = self._at(count.count_id, group, parts) - self._at(count.count_id, total, wholes)
            self._equal(rows, np.zeros(rows.shape[0]))

    def _is_within(self, part: str, whole: str) -> None:
        for group, cut in self.block.cuts.items():
            one = sparse.eye_array(len(cut.areas) * len(cut.codes), format="csr")
            rows = self._at(part, group, one) - self._at(whole, group, one)
            size = rows.shape[0]
            self._rows.append((rows, np.full(size, -highspy.kHighsInf), np.zeros(size)))

    def _load(self) -> View:
        matrix = sparse.csr_array(sparse.vstack([rows for rows, *_ in self._rows], format="csr"))
        low, high = (np.concatenate([row[n] for row in self._rows]) for n in (1, 2))
        used = _not_zero(matrix, high)
        matrix = sparse.csr_array(matrix[:, used])
        matrix.eliminate_zeros()
        asks = np.flatnonzero((np.diff(matrix.indptr) > 0) | (low > EXACT))
        # Nobody counts a group without its state: no unknown is larger than the largest number.
        most = 1000 + 10 * float(np.max(high, initial=0, where=np.isfinite(high)))
        solver = Solver(sparse.csr_array(matrix[asks]), low[asks], high[asks], most)
        return View(used, lambda: solver)

    def middle(self) -> Floats | None:
        """Return a table that fits all that is published, far from all ends, or None."""
        values = self.whole.solver.middle()
        if values is None:
            return None
        table = np.zeros(self.size)
        table[self.whole.columns] = values
        return table

    def parts(self, kind: str, table: Floats, with_wholes: bool, together: bool) -> Iterator[View]:
        """Yield the unknowns of each region of a kind; a table says what the others are.

        Args:
            kind: Of regions.
            table: Fits all that is published; it may be changed between two parts.
            with_wholes: Whether the first count alone has unknowns, or all.
            together: Whether all kinds of groups have, or each kind by itself.
        """
        ids = list(dict.fromkeys(count for count, _ in self._offset))
        ids = ids if with_wholes else ids[:1]
        groups = [[*self.block.cuts]] if together else [[g] for g in self.block.cuts if g != ALL]
        for region in sorted({r for c in self.block.cuts.values() for r in c.regions}):
            if region.startswith(kind):
                for of in groups:
                    columns = self._unknowns(region, ids, of)
                    if len(columns):
                        yield self._view(columns, table)

    def _unknowns(self, region: str, counts: list[str], groups: list[str]) -> NDArray[np.int64]:
        """Return the places of the unknowns of a region among those that are used."""
        of = list[NDArray[np.int64]]()
        for group in groups:
            cut = self.block.cuts[group]
            if region not in cut.regions:
                continue
            areas = cut.member[[cut.regions.index(region)]].indices
            inside = (areas[:, None] * len(cut.codes) + np.arange(len(cut.codes))).ravel()
            of += [inside + self._offset[count, group] for count in counts]
        every = self._place[np.concatenate([np.zeros(0, dtype=np.int64), *of])]
        return np.sort(every[every >= 0])

    def _view(self, columns: NDArray[np.int64], table: Floats) -> View:
        used, solver = self.whole.columns, self.whole.solver

        def load() -> Solver:
            part = sparse.csr_array(self._by_column[:, columns])
            rows = np.flatnonzero(np.diff(part.indptr))
            part = sparse.csr_array(part[rows])
            known = solver.matrix[rows] @ table[used] - part @ table[used[columns]]
            low, high = solver.low[rows] - known, solver.high[rows] - known
            return Solver(part, low, high, solver.most)

        return View(used[columns], load)


class Solver:
    """A solver over unknowns that are not negative and rows between two ends."""

    def __init__(self, matrix: Any, low: Floats, high: Floats, most: float) -> None:
        """Load the rows.

        Args:
            matrix: Rows over unknowns.
            low: Least value of each row.
            high: Greatest value of each row.
            most: Greatest value of each unknown.
        """
        self.matrix, self.low, self.high, self.most = matrix, low, high, most
        least, greatest = np.zeros(matrix.shape[1]), np.full(matrix.shape[1], most)
        # A row of one unknown is a bound of it.
        alone = np.diff(matrix.indptr) == 1
        at = matrix.indptr[:-1][alone]
        columns, signs = matrix.indices[at], matrix.data[at]
        ends = low[alone] / signs, high[alone] / signs
        np.maximum.at(least, columns, np.minimum(*ends))
        np.minimum.at(greatest, columns, np.maximum(*ends))
        self.rows = sparse.csr_array(matrix[~alone])
        self.row_low, self.row_high = low[~alone], high[~alone]
        # What is known is known to some digits.
        is_known = (least <= greatest + EXACT).all()
        self.column_low = np.minimum(least, greatest) if is_known else least
        self.column_high = greatest
        self._solver = quiet_solver()
        self._solver.passModel(
            model_of(self.rows, (self.row_low, self.row_high), (self.column_low, self.column_high))
        )

    def greatest(self, objective: Floats) -> Floats | None:
        """Return values that make an objective greatest, or None if there are none."""
        every = np.arange(len(objective), dtype=np.int32)
        self._solver.changeColsCost(len(every), every, -objective)
        for _ in range(2):
            self._solver.run()
            if self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                return np.array(self._solver.getSolution().col_value)
            # From the table before, digits may be lost; from the beginning they are not.
            self._solver.clearSolver()
        return None

    def middle(self) -> Floats | None:
        """Return values far from all ends, or some values, or None if there are none."""
        for option, value in (("solver", "ipm"), ("run_crossover", "off")):
            self._solver.setOptionValue(option, value)
        self._solver.run()
        values = np.array(self._solver.getSolution().col_value)
        is_found = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        for option, value in (("solver", "choose"), ("run_crossover", "on")):
            self._solver.setOptionValue(option, value)
        self._solver.clearSolver()
        return values if is_found else self.greatest(np.zeros(self.matrix.shape[1]))


def model_of(rows: Any, ends: tuple[Floats, Floats], bounds: tuple[Floats, Floats]) -> Any:
    """Return a program of rows and unknowns between two ends, without an objective."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_ = np.zeros(rows.shape[1])
    model.col_lower_, model.col_upper_ = bounds
    model.row_lower_, model.row_upper_ = ends
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr.astype(np.int32)
    model.a_matrix_.index_ = rows.indices.astype(np.int32)
    model.a_matrix_.value_ = rows.data.astype(np.float64)
    return model


def quiet_solver() -> highspy.Highs:
    """Return a solver without the lines it prints when a process makes its first one."""
    sys.stdout.flush()
    out = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            solver = highspy.Highs()
        finally:
            os.dup2(out, 1)
            os.close(out)
    options = {"output_flag": False, "threads": 1, "simplex_strategy": 4}
    for option, value in (options | {"presolve_rule_off": DEPENDENT}).items():
        solver.setOptionValue(option, value)
    return solver


def _not_zero(matrix: Any, high: Floats) -> NDArray[np.int64]:
    """Return the unknowns that are in no sum that is published as zero."""
    used = np.ones(matrix.shape[1], dtype=bool)
    negative = matrix.minimum(0)
    positive = matrix - negative
    while True:
        # A row whose negative terms are gone, with no more than zero on its right, is all zero.
        open_ = negative @ used.astype(float) < -EXACT
        zero = (high < EXACT) & ~open_
        gone = (positive.T @ zero.astype(float) > EXACT) & used
        if not gone.any():
            return np.flatnonzero(used)
        used &= ~gone
