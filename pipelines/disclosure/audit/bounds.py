"""Everything that is published of a count, as a linear program.

Lives here: the unknowns of a count with those it is within, and what is known of them. Does not:
reading files (`read`), the least and greatest value of each hidden cell (`search`).
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.audit.read import ALL, CROSSED, PublicBlock, PublicCount

Floats = NDArray[np.float64]
EXACT = 1e-6


@dataclass(frozen=True)
class View:
    """Some unknowns, the others being as they are in a table that fits all that is published.

    Attributes:
        columns: Which unknowns.
        solver: Over them.
    """

    columns: NDArray[np.int64]
    solver: "Solver"


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
        return View(used, Solver(sparse.csr_array(matrix[asks]), low[asks], high[asks], most))

    def parts(self, kind: str, table: Floats) -> Iterator[View]:
        """Yield the unknowns of each region of a kind; a table says what the others are."""
        regions = {r for cut in self.block.cuts.values() for r in cut.regions if r.startswith(kind)}
        used, solver = self.whole.columns, self.whole.solver
        of_used = table[used]
        by_column = sparse.csc_array(solver.matrix)
        for region in sorted(regions):
            inside = np.zeros(self.size, dtype=bool)
            for (_, group), offset in self._offset.items():
                cut = self.block.cuts[group]
                has = np.repeat([region in area for area in cut.areas], len(cut.codes))
                inside[offset : offset + len(has)] = has
            columns = np.flatnonzero(inside[used])
            part = sparse.csr_array(by_column[:, columns])
            rows = np.flatnonzero(np.diff(part.indptr))
            part = sparse.csr_array(part[rows])
            known = np.round((solver.matrix @ of_used)[rows] - part @ of_used[columns], 6)
            low, high = solver.low[rows] - known, solver.high[rows] - known
            yield View(used[columns], Solver(part, low, high, solver.most))


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
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = matrix.shape
        model.col_cost_ = np.zeros(matrix.shape[1])
        model.col_lower_ = np.zeros(matrix.shape[1])
        model.col_upper_ = np.full(matrix.shape[1], most)
        model.row_lower_, model.row_upper_ = low, high
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        self._solver = quiet_solver()
        self._solver.passModel(model)

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
    for option, value in (("output_flag", False), ("threads", 1)):
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
