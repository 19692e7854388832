"""For each protected number a second table, and the cells that such tables need.

Lives here: the order in which programs are asked, and which cells turn out not to be needed. Does
not: a program (`program`), which numbers are protected (`selection`).
"""

from dataclasses import dataclass, field

import numpy as np

from pipelines.disclosure.blocks import Cut, Mask
from pipelines.disclosure.choice.program import MOVED, Floats, Numbers, Program, Task

# Columns of programs that are solved again for one cell: 300,000 take about a second.
TRIED = 300_000


@dataclass
class Witnesses:
    """Tables that move targets by a width.

    Attributes:
        task: What is moved.
        width: People.
        free: By region and code, which cells have no room to keep to; more of them as tables
            need them.
        cells: For each target that is moved, the cells that were freed and that its table needs.
        by: For each target that is moved, the program that moved it.
        freed: Cells that were freed, in order.
        unmoved: Targets that no table moves.
        programs: How many programs were solved.
    """

    task: Task
    width: int
    free: Mask
    cells: dict[int, frozenset[int]] = field(default_factory=dict)
    by: dict[int, Program] = field(default_factory=dict)
    freed: list[int] = field(default_factory=list)
    unmoved: list[int] = field(default_factory=list)
    programs: int = 0

    def _leaves(self, change: Floats) -> Numbers:
        """Return the cells that leave their room in a change."""
        down, up = (side.ravel() + MOVED for side in self.task.levels[0].room)
        cells = change[: self.free.size]
        return np.flatnonzero((cells > up) | (cells < -down))

    def move(self, program: Program, target: int, waiting: Mask) -> bool:
        """Look for the table of a target; free what it needs, and return whether there is one."""
        self.programs += 1
        change = program.move(target, self.width)
        if change is None:
            return False
        leaving = self._leaves(change)
        new = leaving[~self.free.ravel()[leaving]]
        self.free.ravel()[new] = True
        program.free(new)
        self.freed += new.tolist()
        needed = frozenset(leaving.tolist()).intersection(self.freed)
        for moved in np.flatnonzero(waiting & (np.abs(change) >= self.width - MOVED)).tolist():
            waiting[moved] = False
            self.cells[moved], self.by[moved] = needed, program
        return True

    def close_unneeded(self, programs: list[Program], costs: Floats) -> None:
        """Take cells back, dear ones first, without which every target has a table still."""
        for cell in sorted(self.freed, key=lambda c: -costs.ravel()[c]):
            users = [target for target, cells in self.cells.items() if cell in cells]
            if sum(self.by[target].size for target in users) > TRIED:
                continue
            self.free.ravel()[cell] = False
            for program in programs:
                program.close(cell)
            again = dict[int, frozenset[int]]()
            for target in users:
                self.programs += 1
                change = self.by[target].move(target, self.width)
                leaving = [] if change is None else self._leaves(change)
                if change is None or not self.free.ravel()[leaving].all():
                    break
                again[target] = frozenset(np.asarray(leaving).tolist()).intersection(self.freed)
            else:
                self.cells |= again
                continue
            self.free.ravel()[cell] = True
            for program in programs:
                program.free(np.array([cell]))


def move_each(cut: Cut, task: Task, wanted: Mask, width: int, free: Mask) -> tuple[list[int], int]:
    """Look for a table that moves each target by a width, and free the cells it needs.

    A target within a macroregion is moved there if it can be: a program of all areas of the state
    takes some 30 times as long.

    Args:
        cut: Of the count.
        task: What is moved.
        wanted: Targets.
        width: People.
        free: By region and code, which cells have no room to keep to; more of them afterwards.

    Returns:
        Targets that no table moves, and the number of programs solved.
    """
    touched = abs(task.target_areas)
    people = np.zeros(wanted.size)
    people[: free.size] = cut.cells(task.levels[0].by_area).ravel()
    order = np.argsort(-people, kind="stable")
    waiting, witnesses, programs = wanted.copy(), Witnesses(task, width, free), list[Program]()
    for areas in (neighbourhoods := _neighbourhoods(cut)):
        outside = np.ones(cut.member.shape[1])
        outside[areas] = 0
        inside = np.repeat(touched @ outside == 0, len(cut.codes))
        asked = [int(t) for t in order if waiting[t] and inside[t]]
        if asked:
            programs.append(Program(task, areas, free))
        for target in asked:
            if waiting[target] and not witnesses.move(programs[-1], target, waiting):
                witnesses.unmoved += [target] if areas is neighbourhoods[-1] else []
    if not witnesses.unmoved:
        witnesses.close_unneeded(programs, task.costs)
    return witnesses.unmoved, witnesses.programs


def _neighbourhoods(cut: Cut) -> list[Numbers]:
    """Return the areas of each macroregion, and at last all areas."""
    everywhere = np.arange(cut.member.shape[1])
    rows = [cut.member[[n]] for n, of in enumerate(cut.schemes) if of == "macroregion"]
    near = [np.sort(row.indices).astype(np.int64) for row in rows]
    return [*(areas for areas in near if 1 < len(areas) < len(everywhere)), everywhere]
