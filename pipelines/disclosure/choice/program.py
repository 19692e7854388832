"""Linear programs that find another table with the same published numbers.

Lives here: the cheapest change of one count, in one cut, that moves a cell by some people and no
published number more than it must. Does not: which cells have to be protected (`selection`).
"""

import os
import sys
from pathlib import Path

import highspy
import numpy as np
from scipy import sparse

from pipelines.disclosure.blocks import Mask, Matrix
from pipelines.disclosure.choice.task import FIXED, MOST, Around, Floats, Numbers, Task

MOVED = 1e-6
# Columns of a program from which on it is solved anew, with presolve, if it has many targets: for a
# whole state that takes half as long as from the table before.
LARGE = 10_000
# Steps of the simplex method that one program may take: it is no wall time, so that a second run
# decides alike.
STEPS = 20_000


def quiet_solver() -> highspy.Highs:
    """Return a solver without the lines it prints when a process makes its first one."""
    sys.stdout.flush()
    console = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            solver = highspy.Highs()
        finally:
            os.dup2(console, 1)
            os.close(console)
    options = {"output_flag": False, "presolve": "off", "threads": 1}
    for option, value in (options | {"simplex_iteration_limit": STEPS}).items():
        solver.setOptionValue(option, value)
    return solver


class Program:
    """The changes of a count's cells that other published numbers allow.

    A change of the count, and of the counts it is within, is a table that fits all that is
    published: cells that are not negative, parts within their wholes, totals as they are. The
    published cells of the count itself may change at a cost, and have to be hidden then.

    Columns are changes by level, area and code; then how far each cell of the count moves within
    its room, and leaves it upwards and downwards; then how far each cell of the wholes moves; then
    how far what gives way goes up, and down. The last row is what is asked.
    """

    def __init__(self, task: Task, areas: Numbers, free: Mask) -> None:
        """Set up the program of the first level of a task, for changes in some areas alone.

        Args:
            task: The count.
            areas: The areas that may change; of a whole state's, a few are solved much faster.
            free: By region and code, which cells of the count have no room to keep to.
        """
        self._task, self._areas = task, areas
        self._codes = task.costs.shape[1]
        member = sparse.csr_array(sparse.csr_array(task.member)[:, areas])
        self._regions = np.flatnonzero(np.diff(member.indptr))
        self._row = {int(region): n for n, region in enumerate(self._regions)}
        self._cells = len(self._regions) * self._codes
        self._per_level = len(areas) * self._codes
        self._moves = self._per_level * len(task.levels)
        self._given = self._moves + (3 + len(task.wholes)) * self._cells
        self._give_costs = np.concatenate([np.zeros(0), *task.gives])
        self.size = self._given + 2 * len(self._give_costs)
        self.gave = np.zeros(0, dtype=np.int64)
        self._asked = list[int]()
        self.steps, self.cost = 0, np.inf
        self._solver = self._load(member[self._regions], areas, free)

    def _load(self, member: Matrix, areas: Numbers, free: Mask) -> highspy.Highs:
        task = self._task
        people = [level.by_area[areas].ravel().astype(np.float64) for level in task.levels]
        self._least = [-level.least[areas].ravel() for level in task.levels]
        columns = (areas[:, None] * self._codes + np.arange(self._codes)).ravel()
        equal = self._equal(member, columns)
        one = sparse.eye_array(self._per_level, format="csr")
        nested = [self._at(part, one) - self._at(whole, one) for part, whole in task.within]
        room = [people[whole] - people[part] for part, whole in task.within]
        bounded, low, high = self._bounded(member)
        matrix: Matrix = sparse.vstack(
            [*equal, *nested, bounded, sparse.csr_array((1, self.size))], format="csr"
        )
        zero = np.zeros(sum(rows.shape[0] for rows in equal))
        ends = [0.0 if whole == FIXED else highspy.kHighsInf for whole in task.wholes]
        any_ = np.repeat(ends, self._cells)
        may_leave, costs = self._leaving(member)
        down, up = (np.where(free, np.inf, side)[self._regions].ravel()
                    for side in task.levels[0].room)  # fmt: skip
        nothing = np.zeros(self._cells)
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = matrix.shape
        model.col_cost_ = np.concatenate(
            [np.zeros(self._moves), nothing, costs, costs, np.zeros(len(any_)),
             self._give_costs, self._give_costs]
        )  # fmt: skip
        of_given = np.zeros(2 * len(self._give_costs))
        model.col_lower_ = np.concatenate([*self._least, -down, nothing, nothing, -any_, of_given])
        most = [level.most[areas].ravel() for level in task.levels]
        model.col_upper_ = np.concatenate(
            [*most, up, may_leave, may_leave, any_, of_given + highspy.kHighsInf]
        )
        below = [np.full(len(r), -highspy.kHighsInf) for r in room]
        model.row_lower_ = np.concatenate([zero, *below, low, [0]])
        model.row_upper_ = np.concatenate([zero, *room, high, [0]])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        self._ask_row = matrix.shape[0] - 1
        self._costs, self._may_leave = model.col_cost_, np.concatenate([may_leave, may_leave])
        solver = quiet_solver()
        solver.passModel(model)
        return solver

    def _leaving(self, member: Matrix) -> tuple[Floats, Floats]:
        """Return how far cells may leave their room, and the cost of each person who does.

        What a larger region shows is left alone: a program of all areas may have a cheaper way.
        """
        task = self._task
        size, inside = (np.asarray(of.sum(axis=1)) for of in (task.member, member))
        whole = size[self._regions] == inside
        costs = np.where(whole[:, None], task.costs[self._regions], np.inf).ravel()
        never = np.isinf(costs)
        return np.where(never, 0.0, highspy.kHighsInf), np.where(never, 0.0, costs)

    def _at(self, level: int, matrix: Matrix) -> Matrix:
        """Return rows over one level's changes as rows over all columns."""
        rows: Matrix = sparse.csr_array(matrix)
        return sparse.csr_array(
            (rows.data, rows.indices + level * self._per_level, rows.indptr),
            shape=(rows.shape[0], self.size),
        )

    def _equal(self, member: Matrix, columns: Numbers) -> list[Matrix]:
        """Return the rows that are zero: how cells move, and what is published of each level."""
        task = self._task
        cells: Matrix = sparse.kron(member, sparse.eye_array(self._codes), format="csr")
        one: Matrix = sparse.eye_array(self._cells, format="csr")

        def moves(kind: int) -> Matrix:
            at = self._moves + kind * self._cells
            return sparse.csr_array(
                (one.data, one.indices + at, one.indptr), shape=(self._cells, self.size)
            )

        rows = [self._at(0, cells) - moves(0) - moves(1) + moves(2)]
        for number, level in enumerate(task.levels):
            totals = sparse.csr_array(level.totals)[:, columns]
            totals.eliminate_zeros()
            totals = totals[np.flatnonzero(np.diff(totals.indptr))]
            fixed = np.flatnonzero(~level.hidden[self._regions].ravel())
            if number:
                rows.append(self._giving(number, cells[fixed]))
            rows.append(self._at(number, totals) if number else self._giving(0, totals))
        for kind, whole in enumerate(task.wholes, start=3):
            if whole != FIXED:
                rows.append(self._at(whole, cells) - moves(kind))
        return rows

    def _giving(self, level: int, matrix: Matrix) -> Matrix:
        """Return rows of a level that give way at a cost, if the task has costs for them."""
        rows = self._at(level, matrix)
        if not self._task.gives:
            return rows
        before = sum(len(costs) for costs in self._task.gives[:level])
        up = np.arange(rows.shape[0]) + self._given + before
        at = np.concatenate([up, up + len(self._give_costs)])
        signs = np.repeat([-1.0, 1.0], len(up))
        each = np.tile(np.arange(rows.shape[0]), 2)
        return sparse.csr_array(rows + sparse.csr_array((signs, (each, at)), shape=rows.shape))

    def _bounded(self, member: Matrix) -> tuple[Matrix, Floats, Floats]:
        """Return the hidden cells of wholes that have public bounds, and how far they may move."""
        rows, low, high = [sparse.csr_array((0, self.size))], [np.zeros(0)], [np.zeros(0)]
        cells: Matrix = sparse.kron(member, sparse.eye_array(self._codes), format="csr")
        for number, level in enumerate(self._task.levels[1:], start=1):
            down, up = (side[self._regions].ravel() for side in level.room)
            has = np.flatnonzero(level.hidden[self._regions].ravel() & (up < np.inf))
            rows.append(self._at(number, cells[has]))
            low.append(-down[has])
            high.append(up[has])
        return sparse.vstack(rows, format="csr"), np.concatenate(low), np.concatenate(high)

    def use(self, around: Around) -> None:
        """Let what holds the count, and does not change, be as in a table."""
        self.limit(0, np.minimum(around.most, MOST))
        shift = around.shift[:, self._regions].ravel()
        wholes = np.arange(len(shift), dtype=np.int32) + self._moves + 3 * self._cells
        self._solver.changeColsBounds(len(wholes), wholes, shift, shift)

    def limit(self, level: int, most: Floats) -> None:
        """Let a count rise by some people at most, by area and code."""
        least = self._least[level]
        columns = np.arange(len(least), dtype=np.int32) + level * self._per_level
        most = np.minimum(most, self._task.levels[level].most)[self._areas].ravel()
        self._solver.changeColsBounds(len(columns), columns, least, np.maximum(most, least))

    def free(self, cells: Numbers) -> None:
        """Let cells, as numbers of region and code, change without cost from now on."""
        for region, code in zip(*divmod(cells, self._codes), strict=True):
            if (row := self._row.get(int(region))) is not None:
                at = self._moves + row * self._codes + int(code)
                self._solver.changeColBounds(at, -highspy.kHighsInf, highspy.kHighsInf)

    def give(self) -> None:
        """Let what gave way last do so without cost from now on."""
        for at in [*(self._given + self.gave), *(self._given + len(self._give_costs) + self.gave)]:
            self._solver.changeColCost(int(at), 0.0)

    def close(self, cell: int) -> None:
        """Let a cell, as a number of region and code, keep to its room again."""
        region, code = divmod(cell, self._codes)
        if (row := self._row.get(region)) is not None:
            down, up = (float(side[region, code]) for side in self._task.levels[0].room)
            self._solver.changeColBounds(self._moves + row * self._codes + code, -down, up)

    def _terms(self, target: int) -> list[tuple[int, float]]:
        """Return columns whose sum, with their signs, is how far a target moves."""
        number, code = divmod(target, self._codes)
        regions, rests = self._task.member.shape[0], self._task.rests
        signs, whole = {number: 1.0}, None
        if number >= regions + len(rests):
            kind, number = divmod(number - regions - len(rests), regions)
            signs, whole = {number: -1.0}, kind
        elif number >= regions:
            outer, inner = rests[number - regions]
            signs = {outer: 1.0, inner: -1.0}
        terms = list[tuple[int, float]]()
        for region, sign in signs.items():
            if (row := self._row.get(region)) is not None:
                at = self._moves + row * self._codes + code
                terms += [(at, sign), (at + self._cells, sign), (at + 2 * self._cells, -sign)]
                if whole is not None:
                    terms.append((at + (3 + whole) * self._cells, 1.0))
        return terms

    def move(self, target: int, people: tuple[float, float]) -> Floats | None:
        """Return the cheapest change that moves a target, up or down; up if that costs nothing.

        Args:
            target: Number of the target.
            people: By how many people up, or down.

        Returns:
            The change of every target in people, or None if there is no such table.
        """
        for column in self._asked:
            self._solver.changeCoeff(self._ask_row, column, 0.0)
        terms = self._terms(target)
        self._asked = [column for column, _ in terms]
        for column, sign in terms:
            self._solver.changeCoeff(self._ask_row, column, sign)
        cheapest, cost = None, np.inf
        for by in (people[0], -people[1]):
            self._solver.changeRowBounds(self._ask_row, by, by)
            if (
                self._run()
                and (spent := self._solver.getInfo().objective_function_value) < cost - MOVED
            ):
                cheapest, cost = np.array(self._solver.getSolution().col_value), spent
            if cost < MOVED:
                break
        self.cost = cost
        return None if cheapest is None else self._changes(cheapest)

    def widest(self, weights: Floats) -> Floats:
        """Return the change that moves a weighted sum of targets most, without a cell more.

        Args:
            weights: Of each target.
        """
        return self._changes(self._widest(self._weights(weights)))

    def widest_areas(self, weights: Floats, level: int) -> Floats:
        """Return the change of a count by area and code whose weighted sum is greatest."""
        columns = slice(level * self._per_level, (level + 1) * self._per_level)
        of_columns = np.zeros(self.size)
        of_columns[columns] = weights.ravel()
        return self._widest(of_columns)[columns].reshape(-1, self._codes)

    def _widest(self, weights: Floats) -> Floats:
        every, leave = (np.arange(n, dtype=np.int32) for n in (self.size, 2 * self._cells))
        leave, nothing = leave + self._moves + self._cells, np.zeros(2 * self._cells)
        self._solver.changeColsBounds(len(leave), leave, nothing, nothing)
        self._solver.changeRowBounds(self._ask_row, -highspy.kHighsInf, highspy.kHighsInf)
        self._solver.changeColsCost(self.size, every, -weights)
        if self.size > LARGE and np.count_nonzero(weights) > self._codes:
            self._solver.clearSolver()
            self._solver.setOptionValue("presolve", "on")
        solved = self._run()
        self._solver.setOptionValue("presolve", "off")
        values = np.array(self._solver.getSolution().col_value) if solved else np.zeros(self.size)
        self._solver.changeColsBounds(len(leave), leave, nothing, self._may_leave)
        self._solver.changeColsCost(self.size, every, self._costs)
        return values

    def _run(self) -> bool:
        """Solve; return whether there is a table, found within as many steps as one may take."""
        self._solver.run()
        self.steps += self._solver.getInfo().simplex_iteration_count
        return self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal

    def _weights(self, of_targets: Floats) -> Floats:
        """Return weights of columns, of those of targets, where no cell leaves its room."""
        shape, rests = self._task.costs.shape, np.array(self._task.rests, dtype=int)
        ends = np.cumsum([np.prod(shape), len(rests) * self._codes])
        cells, of_rests, left = np.split(of_targets, ends)
        of_rests, left = of_rests.reshape(-1, self._codes), left.reshape(-1, *shape)
        cells = cells.reshape(shape) - left.sum(axis=0)
        for sign, regions in zip((1, -1), rests.reshape(-1, 2).T, strict=True):
            np.add.at(cells, regions, sign * of_rests)
        kinds = np.stack([cells, 0 * cells, 0 * cells, *left])
        weights = np.zeros(self.size)
        weights[self._moves : self._given] = kinds[:, self._regions].ravel()
        return weights

    def _changes(self, values: Floats) -> Floats:
        task = self._task
        given = values[self._given :].reshape(2, -1).sum(axis=0)
        self.gave = np.flatnonzero(given > MOVED)
        kinds = values[self._moves : self._given].reshape(-1, len(self._regions), self._codes)
        cells = np.zeros((1 + len(task.wholes), *task.costs.shape))
        cells[0, self._regions] = kinds[0] + kinds[1] - kinds[2]
        cells[1:, self._regions] = kinds[3:] - cells[0, self._regions]
        outer, inner = np.array(task.rests, dtype=int).reshape(-1, 2).T
        rests = cells[0, outer] - cells[0, inner]
        change = np.concatenate([cells[0].ravel(), rests.ravel(), cells[1:].ravel()])
        change[np.abs(change) < MOVED] = 0
        return change
