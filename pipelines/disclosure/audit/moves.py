"""Tables near one that fits all that is published, in which sums of unknowns reach an end.

Lives here: one sum by the smallest change, many at once as far as they go together. Does not: which
sums, and how far (`search`).
"""

from typing import Any

import highspy
import numpy as np
from scipy import sparse

from pipelines.disclosure.audit.bounds import EXACT, Floats, Solver, model_of, quiet_solver

NO_END = highspy.kHighsInf


class Moves:
    """Changes of a table after which it still fits all that is published.

    Attributes:
        steps: Of the simplex method so far.
        doubts: Programs of one sum that ended neither with a table nor with a proof of none.
    """

    def __init__(self, solver: Solver, table: Floats) -> None:
        """Take the rows and the bounds of a solver.

        Args:
            solver: Over some unknowns.
            table: Their values, which fit.
        """
        self._of, self.table = solver, table
        self.steps = self.doubts = 0
        self._near: highspy.Highs | None = None

    def many(self, sums: Any, ends: Floats, weights: Floats) -> Floats | None:
        """Return values for which sums fall short of least ends by as little as can be, or None.

        They are found from the inside: that takes about as long for thousands of sums as for one.
        """
        of, number = self._of, len(ends)
        rows = sparse.block_array([[of.rows, None], [sums, sparse.eye_array(number)]], format="csr")
        model = model_of(
            sparse.csr_array(rows),
            (np.append(of.row_low, ends), np.append(of.row_high, np.full(number, NO_END))),
            (
                np.append(of.column_low, np.zeros(number)),
                np.append(of.column_high, np.full(number, NO_END)),
            ),
        )
        model.col_cost_ = np.append(np.zeros(len(of.column_low)), weights)
        solver = quiet_solver()
        for option, value in (("solver", "ipm"), ("run_crossover", "off")):
            solver.setOptionValue(option, value)
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(solver.getSolution().col_value)[: len(of.column_low)]

    def one(self, columns: Any, values: Floats, end: float) -> Floats | None:
        """Return values for which a sum has at least an end, near the table, or None.

        Args:
            columns: The unknowns of the sum.
            values: How often each is in it.
            end: The least sum.
        """
        near = self._near = self._near or self._load()
        size, row = len(self.table), int(near.getNumRow())
        both = np.concatenate([columns, columns + size]).astype(np.int32)
        least = end - float(values @ self.table[columns])
        near.addRow(least, NO_END, len(both), both, np.concatenate([values, -values]))
        near.clearSolver()
        near.run()
        self.steps += near.getInfo().simplex_iteration_count
        status = near.getModelStatus()
        is_found = status == highspy.HighsModelStatus.kOptimal
        self.doubts += not is_found and status != highspy.HighsModelStatus.kInfeasible
        change = np.array(near.getSolution().col_value)
        near.deleteRows(1, np.array([row], dtype=np.int32))
        return self.table + change[:size] - change[size:] if is_found else None

    def _load(self) -> highspy.Highs:
        """Return a solver of changes upwards and downwards, each person of which costs one."""
        of = self._of
        now = of.rows @ self.table
        room = np.maximum(np.append(of.column_high - self.table, self.table - of.column_low), 0)
        ends = np.minimum(of.row_low - now, 0), np.maximum(of.row_high - now, 0)
        # What is known is known to some digits.
        ends = tuple(np.where(np.abs(end) < EXACT / 10, 0, end) for end in ends)
        model = model_of(
            sparse.csr_array(sparse.hstack([of.rows, -of.rows], format="csr")),
            (ends[0], ends[1]),
            (np.zeros(len(room)), room),
        )
        model.col_cost_ = np.ones(len(room))
        solver = quiet_solver()
        options = {"solver": "simplex", "simplex_strategy": 1, "presolve": "off"}
        for option, value in options.items():
            solver.setOptionValue(option, value)
        solver.passModel(model)
        return solver
