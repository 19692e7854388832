"""Bounds of hidden cells, by linear programs over everything that is published.

Lives here: the unknowns of a count with those it is within, and the least and greatest value of
each hidden cell. Does not: reading files (`read`), judging bounds (`findings`).
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.audit.read import ALL, CROSSED, PublicBlock, PublicCount

Floats = NDArray[np.float64]
RANDOM_STALL = 3
EXACT = 1e-6


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


class System:
    """The tables of a count and of all that it is within, as a solver knows them.

    Unknowns are people by count, kind of groups, area and code. All that is published is an
    equation of them; unknowns of which a published zero is made are left out.
    """

    def __init__(self, block: PublicBlock, stack: list[PublicCount]) -> None:
        """Write down all that is published of a count, the first of the stack, and its wholes."""
        self.block = block
        self.programs = 0
        self.is_feasible = True
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
            for whole in count.within & ids:
                self._is_within(count.count_id, whole)
        self._solver = self._load()

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

    def _load(self) -> highspy.Highs:
        matrix = sparse.csr_array(sparse.vstack([rows for rows, *_ in self._rows], format="csr"))
        low, high = (np.concatenate([row[n] for row in self._rows]) for n in (1, 2))
        self._used = _not_zero(matrix, high)
        matrix = sparse.csr_array(matrix[:, self._used])
        matrix.eliminate_zeros()
        asks = np.flatnonzero((np.diff(matrix.indptr) > 0) | (low > EXACT))
        matrix = sparse.csr_array(matrix[asks])
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._used), len(asks)
        model.col_cost_ = np.zeros(len(self._used))
        model.col_lower_ = np.zeros(len(self._used))
        # Nobody counts a group without its state: no unknown is larger than the largest number.
        most = 1000 + 10 * float(np.max(high, initial=0))
        model.col_upper_ = np.full(len(self._used), most)
        model.row_lower_, model.row_upper_ = low[asks], high[asks]
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1)):
            solver.setOptionValue(option, value)
        solver.passModel(model)
        return solver

    def greatest(self, objective: Floats) -> Floats | None:
        """Return the table that makes an objective greatest, or None if there is no table."""
        self.programs += 1
        every = np.arange(len(self._used), dtype=np.int32)
        self._solver.changeColsCost(len(every), every, -objective[self._used])
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.is_feasible = False
            return None
        table = np.zeros(self.size)
        table[self._used] = np.array(self._solver.getSolution().col_value)
        return table


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


def bounds(
    system: System, targets: Any, wanted: NDArray[np.bool_], width: float, seed: int
) -> list[Bound]:
    """Return the bounds of sums of unknowns, up to a width that is enough.

    Args:
        system: All that is published.
        targets: A row for each sum, over the system's unknowns.
        wanted: Which of them are secrets; others are known as far as these tell.
        width: People; a bound that is as wide is not widened further.
        seed: Of the random directions that are tried before single cells.
    """
    count = targets.shape[0]
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    narrow = np.flatnonzero(wanted)
    random = np.random.default_rng(seed)

    def widen(objective: Floats) -> None:
        table = system.greatest(objective)
        if table is not None:
            values = np.round(targets @ table, 6)
            np.minimum(low, values, out=low)
            np.maximum(high, values, out=high)

    idle = 0
    while len(narrow) and idle < RANDOM_STALL and system.is_feasible:
        signs = np.zeros(count)
        signs[narrow] = random.choice([-1.0, 1.0], len(narrow)) * random.random(len(narrow))
        objective = targets.T @ signs
        for sign in (1, -1):
            widen(sign * objective)
        before, narrow = len(narrow), np.flatnonzero(wanted & (high - low < width - EXACT))
        idle = 0 if len(narrow) < before else idle + 1
    for cell in narrow:
        if system.is_feasible and high[cell] - low[cell] < width - EXACT:
            for sign in (1, -1):
                widen(sign * targets[[cell]].toarray()[0])
    proven = system.is_feasible
    return [Bound(float(a), float(b), proven) for a, b in zip(low, high, strict=True)]
