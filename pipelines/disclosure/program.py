"""Linear programs that find another table with the same published numbers.

Lives here: the cheapest change of one count, in one cut, that moves a cell by some people and no
published number more than it must. Does not: which cells have to be protected (`selection`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.blocks import Matrix

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
MOVED = 1e-6


@dataclass(frozen=True)
class Level:
    """A count that takes part in a program.

    Attributes:
        by_area: People by area and code.
        hidden: By region and code, whether the number is hidden.
        totals: Rows over areas and codes that are published as totals, and cannot change.
    """

    by_area: NDArray[np.int64]
    hidden: Mask
    totals: Matrix


class Program:
    """The changes of a count's cells that other published numbers allow.

    A change of the count, and of the counts it is within, is a table that fits all that is
    published: cells that are not negative, parts within their wholes, totals as they are. The
    published cells of the count itself may change at a cost, and have to be hidden then.
    """

    def __init__(
        self,
        member: Matrix,
        levels: Sequence[Level],
        within: Sequence[tuple[int, int]],
        costs: Floats,
        rests: Sequence[tuple[int, int]],
        wholes: Sequence[int],
    ) -> None:
        """Set up the program of the first of `levels`.

        Args:
            member: Regions by areas.
            levels: The count and those that it is within.
            within: Pairs of levels, the first within the second.
            costs: By region and code, cost of a changed person where the cell is published.
            rests: Pairs of regions, the second within the first; a rest is never published.
            wholes: Levels; who is left of them without the count is a target, too, by region and
                code.
        """
        self.codes = levels[0].by_area.shape[1]
        self.cell_count = costs.size
        each_code = sparse.eye_array(self.codes, format="csr")
        cells: Matrix = sparse.kron(member, each_code, format="csr")
        rest = sparse.csr_array(
            sparse.vstack([member[[outer]] - member[[inner]] for outer, inner in rests])
            if rests
            else sparse.csr_array((0, member.shape[1]))
        )
        targets: list[Matrix] = [cells, sparse.kron(rest, each_code)]
        self.target_count = (1 + len(wholes)) * cells.shape[0] + targets[1].shape[0]
        self.costs = np.concatenate([costs.ravel(), np.zeros(self.target_count - costs.size)])
        self.costs[: costs.size][levels[0].hidden.ravel()] = 0
        self.variables = sum(level.by_area.size for level in levels)
        self._solver = self._load(levels, within, cells, sparse.vstack(targets), wholes)

    def _load(
        self,
        levels: Sequence[Level],
        within: Sequence[tuple[int, int]],
        cells: Matrix,
        targets: Matrix,
        wholes: Sequence[int],
    ) -> highspy.Highs:
        size = levels[0].by_area.size
        people = [level.by_area.ravel().astype(np.float64) for level in levels]

        def of(level: int, matrix: Matrix) -> Matrix:
            """Return rows over one level's cells as rows over all variables."""
            at: Matrix = sparse.csr_array(matrix)
            shape = at.shape[0], self.variables + 2 * self.target_count
            return sparse.csr_array((at.data, at.indices + level * size, at.indptr), shape=shape)

        moves = sparse.eye_array(self.target_count, format="csr")
        no_cells = sparse.csr_array((self.target_count, self.variables))
        left = [of(whole, cells) - of(0, cells) for whole in wholes]
        asked: Matrix = sparse.vstack([of(0, targets), *left], format="csr")
        fixed: list[Matrix] = [
            asked + sparse.hstack([no_cells, -moves, moves]),
            of(0, levels[0].totals),
        ]
        for number, level in enumerate(levels[1:], start=1):
            fixed += [of(number, cells[~level.hidden.ravel()]), of(number, level.totals)]
        one = sparse.eye_array(size, format="csr")
        nested = [of(part, one) - of(whole, one) for part, whole in within]
        room = [people[whole] - people[part] for part, whole in within]
        matrix: Matrix = sparse.vstack([*fixed, *nested], format="csr")
        equal = np.zeros(sum(rows.shape[0] for rows in fixed))
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = matrix.shape
        model.col_cost_ = np.concatenate([np.zeros(self.variables), self.costs, self.costs])
        model.col_lower_ = np.concatenate([*(-p for p in people), 0 * self.costs, 0 * self.costs])
        model.col_upper_ = np.full(matrix.shape[1], highspy.kHighsInf)
        model.row_lower_ = np.concatenate([equal, *(0 * r - highspy.kHighsInf for r in room)])
        model.row_upper_ = np.concatenate([equal, *room])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        solver = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            solver.setOptionValue(option, value)
        solver.passModel(model)
        return solver

    def hide(self, cells: NDArray[np.int64]) -> None:
        """Let cells, as numbers of target, change without cost from now on."""
        self.costs[cells] = 0
        for cell in cells:
            for column in self._columns(int(cell)):
                self._solver.changeColCost(column, 0.0)

    def _columns(self, target: int) -> tuple[int, int]:
        up = self.variables + target
        return up, up + self.target_count

    def move(self, target: int, people: int) -> Floats | None:
        """Return the cheapest change that moves a target, up if that can be, or down.

        Returns:
            The change of every target in people, or None if there is no such table.
        """
        for up, down in (self._columns(target), self._columns(target)[::-1]):
            self._solver.changeColBounds(up, people, people)
            self._solver.changeColBounds(down, 0, 0)
            self._solver.run()
            solved = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
            values = np.array(self._solver.getSolution().col_value) if solved else None
            for column in (up, down):
                self._solver.changeColBounds(column, 0, highspy.kHighsInf)
            if values is not None:
                moves = values[self.variables :]
                change = moves[: self.target_count] - moves[self.target_count :]
                change[np.abs(change) < MOVED] = 0
                return change
        return None
