"""For each protected number other tables, and the cells that such tables need.

Lives here: the order in which programs are asked, and which cells turn out not to be needed. Does
not: a program (`program`), which numbers are protected (`selection`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipelines.disclosure.blocks import Cut, Mask
from pipelines.disclosure.choice.program import MOVED, Program
from pipelines.disclosure.choice.task import Floats, Numbers, Task, together

# Columns of a program of the whole state that is solved again to take one cell back: it takes some
# 10 milliseconds, and there are thousands of cells.
TRIED = 5_000
# Share of targets that two programs for all of them have to move, or each is asked for by itself.
WORTH = 0.1


@dataclass
class Part:
    """A part of the state.

    Attributes:
        task: What is moved there.
        areas: Its areas.
        inside: Which targets are within it.
        asks_each: Whether each target is asked for by itself.
        program: Of its areas, once it was asked for.
    """

    task: Task
    areas: Numbers
    inside: Mask
    asks_each: bool
    program: Program | None = None


class Tables:
    """Changes of some targets in tables that need freed cells, and the cells that each needs."""

    def __init__(self, targets: int, cells: int) -> None:
        """Begin with no table."""
        self._changes = np.zeros((64, targets), dtype=np.float32)
        self._needs = np.zeros((64, cells), dtype=bool)
        self._count = 0

    def add(self, changes: Floats, needs: Numbers) -> None:
        """Add a table."""
        if self._count == len(self._needs):
            self._changes = np.vstack([self._changes, np.zeros_like(self._changes)])
            self._needs = np.vstack([self._needs, np.zeros_like(self._needs)])
        self._changes[self._count] = changes
        self._needs[self._count, needs] = True
        self._count += 1

    def remove(self, cell: int) -> None:
        """Remove the tables that need a cell."""
        stays = np.flatnonzero(~self._needs[: self._count, cell])
        self._count = len(stays)
        self._changes[: self._count], self._needs[: self._count] = (
            self._changes[stays],
            self._needs[stays],
        )

    def ends(self, places: Numbers, without: int | None = None) -> tuple[Floats, Floats]:
        """Return the least and greatest change of targets, in tables that do not need a cell."""
        tables = np.arange(self._count)
        if without is not None:
            tables = np.flatnonzero(~self._needs[: self._count, without])
        changes = self._changes[tables[:, None], places]
        return changes.min(axis=0, initial=0), changes.max(axis=0, initial=0)


class Witnesses:
    """Tables beside the true one, in which targets are larger or smaller.

    A target is protected if the tables in which it is largest and smallest are a width apart, in
    whole people.

    Attributes:
        programs: How many programs were solved.
    """

    def __init__(self, task: Task, wanted: Mask, width: int, free: Mask, parts: list[Part]) -> None:
        """Begin with the true table, and those that move many targets and need no cell more.

        Args:
            task: What is moved.
            wanted: Targets.
            width: People.
            free: By region and code, which cells have no room to keep to; more of them as tables
                need them.
            parts: Parts of the state, small ones first, and at last all of it.
        """
        self._task, self._width, self._free, self._parts = task, width, free, parts
        self._low, self._high = (np.zeros(wanted.size) for _ in range(2))
        self._freed = list[int]()
        self.programs = 0
        random = np.random.default_rng(width)
        for part in parts:
            self._widen_many(part, np.flatnonzero(wanted & part.inside), random)
        self.targets = self._narrow(np.flatnonzero(wanted))
        self._tables = Tables(len(self.targets), free.size)
        self._place = {target: place for place, target in enumerate(self.targets.tolist())}

    def _is_wide(self, low: Floats, high: Floats) -> Mask:
        return np.floor(high + MOVED) + np.floor(MOVED - low) >= self._width

    def _narrow(self, targets: Numbers) -> Numbers:
        """Return those of targets that no tables protect that need no freed cell."""
        return targets[~self._is_wide(self._low[targets], self._high[targets])]

    def _ends(self, places: Numbers, without: int | None = None) -> tuple[Floats, Floats]:
        """Return the least and greatest change of targets, in tables that do not need a cell."""
        low, high = self._tables.ends(places, without)
        at = self.targets[places]
        return np.minimum(low, self._low[at]), np.maximum(high, self._high[at])

    def _program(self, part: Part) -> Program:
        if part.program is None:
            part.program = Program(part.task, part.areas, self._free)
        return part.program

    def _take(self, change: Floats) -> None:
        """Take in a table, and free the cells that it needs."""
        down, up = (side.ravel() + MOVED for side in self._task.levels[0].room)
        cells = change[: self._free.size]
        leaving = np.flatnonzero((cells > up) | (cells < -down))
        new = leaving[~self._free.ravel()[leaving]]
        if len(new):
            self._free.ravel()[new] = True
            self._freed += new.tolist()
            for part in self._parts:
                if part.program is not None:
                    part.program.free(new)
        if self._freed and len(needs := np.intersect1d(leaving, self._freed)):
            self._tables.add(change[self.targets], needs)
        else:
            np.minimum(self._low, change, out=self._low)
            np.maximum(self._high, change, out=self._high)

    def _widen(self, part: Part, targets: Numbers, weights: Floats) -> Iterator[Floats]:
        """Take in and yield the tables that make a weighted sum of targets greatest and least."""
        of_all = np.zeros(self._low.size)
        of_all[targets] = weights
        for sign in (1, -1):
            self.programs += 1
            change = self._program(part).widest(sign * of_all)
            self._take(change)
            yield change

    def _widen_many(self, part: Part, targets: Numbers, random: np.random.Generator) -> None:
        """Move many targets at once without a cell more, as long as that is worth it."""
        left = self._narrow(targets)
        before = 2 * len(left)
        while len(left) and before - len(left) > WORTH * before:
            weights = random.choice([-1.0, 1.0], len(left)) * random.random(len(left))
            for _ in self._widen(part, left, weights):
                pass
            before, left = len(left), self._narrow(left)

    def move(self, part: Part, target: int) -> bool:
        """Look for the cheapest table that protects a target; return whether there is one."""
        [low], [high] = self._ends(np.array([self._place[target]]))
        if self._is_wide(low, high):
            return True
        self.programs += 1
        people = self._width - np.floor(MOVED - low), self._width - np.floor(high + MOVED)
        change = self._program(part).move(target, people)
        if change is not None:
            self._take(change)
        return change is not None

    def close_unneeded(self, costs: Floats) -> None:
        """Take cells back, dear ones first, without which every target is protected still."""
        every = np.arange(len(self.targets))
        for cell in sorted(self._freed, key=lambda c: -costs.ravel()[c]):
            self._let(cell, is_free=False)
            if self._all_protected(every[~self._is_wide(*self._ends(every, cell))], cell):
                self._tables.remove(cell)
            else:
                self._let(cell, is_free=True)

    def _let(self, cell: int, *, is_free: bool) -> None:
        self._free.ravel()[cell] = is_free
        for part in self._parts:
            if part.program is not None and is_free:
                part.program.free(np.array([cell]))
            elif part.program is not None:
                part.program.close(cell)

    def _all_protected(self, places: Numbers, without: int) -> bool:
        """Return whether tables protect targets that do not need a cell, which is closed."""
        low, high = self._ends(places, without)
        for number, target in enumerate(self.targets[places]):
            for part in self._parts:
                is_quick = part is not self._parts[-1] or self._program(part).size <= TRIED
                is_asked = part.inside[target] and part.asks_each and is_quick
                if is_asked and not self._is_wide(low, high)[number]:
                    for change in self._widen(part, np.array([target]), np.ones(1)):
                        low = np.minimum(low, change[self.targets[places]])
                        high = np.maximum(high, change[self.targets[places]])
            if not self._is_wide(low, high)[number]:
                return False
        return True


def move_each(cut: Cut, task: Task, wanted: Mask, width: int, free: Mask) -> tuple[list[int], int]:
    """Look for tables that protect each target, and free the cells they need.

    A target within a macroregion is moved there if it can be: a program of all areas of the state
    takes some 30 times as long. Many are moved at once first, by a simpler program if others hold
    what holds the count.

    Args:
        cut: Of the count.
        task: What is moved.
        wanted: Targets.
        width: People.
        free: By region and code, which cells have no room to keep to; more of them afterwards.

    Returns:
        Targets that no tables protect, and the number of programs solved.
    """
    people = np.zeros(wanted.size)
    people[: free.size] = cut.cells(task.levels[0].by_area).ravel()
    quick = _parts(cut, together(task), asks_each=False) if len(task.levels) > 2 else []
    parts = [*quick, *_parts(cut, task, asks_each=True)]
    witnesses, unmoved = Witnesses(task, wanted, width, free, parts), list[int]()
    order = witnesses.targets[np.argsort(-people[witnesses.targets], kind="stable")]
    for part in (part for part in parts if part.asks_each):
        left = order[part.inside[order]].tolist()
        unmoved = [target for target in left if not witnesses.move(part, target)]
    witnesses.close_unneeded(task.costs)
    return unmoved, witnesses.programs


def _parts(cut: Cut, task: Task, *, asks_each: bool) -> list[Part]:
    """Return the areas of each macroregion, and at last all areas."""
    touched = abs(task.target_areas)
    everywhere = np.arange(cut.member.shape[1])
    rows = [cut.member[[n]] for n, of in enumerate(cut.schemes) if of == "macroregion"]
    near = [np.sort(row.indices).astype(np.int64) for row in rows]
    parts = list[Part]()
    for areas in (*(a for a in near if 1 < len(a) < len(everywhere)), everywhere):
        outside = np.ones(cut.member.shape[1])
        outside[areas] = 0
        inside = np.repeat(touched @ outside == 0, len(cut.codes))
        parts.append(Part(task, areas, inside, asks_each))
    return parts
