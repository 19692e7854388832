"""For each protected number other tables, and the cells that such tables need.

Lives here: the order in which programs are asked, and which cells turn out not to be needed. Does
not: a program (`program`), which numbers are protected (`selection`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.disclosure.blocks import Cut, Mask
from pipelines.disclosure.choice.around import tables_around
from pipelines.disclosure.choice.program import MOVED, Program
from pipelines.disclosure.choice.task import Around, Floats, Numbers, Task, alone, together

# Columns of a program of the whole state that is solved again to take one cell back: it takes some
# 10 milliseconds, and there are thousands of cells.
TRIED = 2_000
# Share of targets that two programs for all of them have to move, or each is asked for by itself.
WORTH = 0.1
# Steps of the simplex method after which a part moves no more targets one by one.
WORK = 50_000
# Numbers by area and code from which on a state is large.
LARGE = 2_000
# Columns of a program for each target from which on targets are moved one by one.
FEW = 500


@dataclass
class Part:
    """A part of the state.

    Attributes:
        task: What is moved there.
        areas: Its areas.
        inside: Which targets are within it.
        arounds: Tables of what holds the count, in which it is moved alone; none where what holds
            it moves with it.
        program: Of its areas, once it was asked for.
    """

    task: Task
    areas: Numbers
    inside: Mask
    arounds: list[Around]
    program: Program | None = None

    @cached_property
    def rooms(self) -> Floats:
        """By table and target, within how many people it can be."""
        people, touched = self.task.levels[0].by_area, abs(self.task.target_areas)
        return np.array([(touched @ (people + of.most)).ravel() for of in self.arounds])

    def choices(self, target: int, width: float) -> list[Around | None]:
        """Return the tables in which a target is asked for: as all is, and the one of most room."""
        if not self.arounds:
            return [None]
        rooms = self.rooms[:, target]
        best = int(np.argmax(rooms))
        if rooms[best] < width:
            return []
        ways = {0, best} if rooms[0] >= width else {best}
        return [self.arounds[way] for way in sorted(ways)]


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
            parts: Parts of the state, in the order in which targets are moved there.
        """
        self._task, self._width, self._free = task, width, free
        self._parts = parts
        self._low, self._high = (np.zeros(wanted.size) for _ in range(2))
        self._freed = list[int]()
        self.programs = 0
        random = np.random.default_rng(width)
        for part in self._parts:
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

    def _program(self, part: Part, around: Around | None = None) -> Program:
        if part.program is None:
            part.program = Program(part.task, part.areas, self._free)
        if around is not None:
            part.program.use(around)
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

    def _widen(
        self, part: Part, targets: Numbers, weights: Floats, around: Around | None
    ) -> Iterator[Floats]:
        """Take in and yield the tables that make a weighted sum of targets greatest and least."""
        of_all = np.zeros(self._low.size)
        of_all[targets] = weights
        program = self._program(part, around)
        for sign in (1, -1):
            self.programs += 1
            change = program.widest(sign * of_all)
            self._take(change)
            yield change

    def _widen_many(self, part: Part, targets: Numbers, random: np.random.Generator) -> None:
        """Move many targets at once without a cell more, as long as that is worth it."""
        left = self._narrow(targets)
        is_whole = len(part.areas) == self._task.member.shape[1]
        # Around the whole state two counts move together soon.
        for around in part.arounds[: 1 if is_whole else None] or [None]:
            before = 2 * len(left)
            while before - len(left) > WORTH * before and self._is_many(part, left):
                weights = random.choice([-1.0, 1.0], len(left)) * random.random(len(left))
                for _ in self._widen(part, left, weights, around):
                    pass
                before, left = len(left), self._narrow(left)

    def _is_many(self, part: Part, targets: Numbers) -> bool:
        return len(targets) > 0 and len(targets) * FEW > self._program(part).size

    def move(self, part: Part, target: int) -> bool:
        """Look for the cheapest table that protects a target; return whether there is one."""
        [low], [high] = self._ends(np.array([self._place[target]]))
        if self._is_wide(low, high):
            return True
        people = self._width - np.floor(MOVED - low), self._width - np.floor(high + MOVED)
        change, cost = None, np.inf
        for around in part.choices(target, self._width):
            program = self._program(part, around)
            if program.steps > WORK:
                break
            self.programs += 1
            other = program.move(target, people)
            if other is not None and program.cost < cost - MOVED:
                change, cost = other, program.cost
            if cost < MOVED:
                break
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
                is_asked = part.inside[target] and self._program(part).size <= TRIED
                for around in part.choices(target, self._width)[-1:] if is_asked else ():
                    if self._is_wide(low, high)[number]:
                        break
                    for change in self._widen(part, np.array([target]), np.ones(1), around):
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
    parts = _parts(cut, alone(task))
    near = [part.areas for part in parts[:-1] or parts]
    arounds = tables_around(cut, task, wanted, width, free, near)
    for part, of in zip(parts, arounds[-len(parts) :], strict=True):
        part.arounds = of
    ways = [parts]
    if len(task.levels) > 1:
        ways.append(_parts(cut, together(task)))
    if len(task.levels) > 2:
        ways.append(_parts(cut, task))
    # All of the state comes last; of a large one never with what holds the count, since the audit
    # finds what is left.
    last = ways[:1] if task.levels[0].by_area.size > LARGE and len(parts) > 1 else ways
    parts = [part for way in ways for part in way[:-1]] + [way[-1] for way in last]
    witnesses, unmoved = Witnesses(task, wanted, width, free, parts), list[int]()
    unmoved = witnesses.targets[np.argsort(-people[witnesses.targets], kind="stable")].tolist()
    for part in parts:
        unmoved = [n for n in unmoved if not (part.inside[n] and witnesses.move(part, n))]
    witnesses.close_unneeded(task.costs)
    return unmoved, witnesses.programs


def _parts(cut: Cut, task: Task) -> list[Part]:
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
        parts.append(Part(task, areas, inside, []))
    return parts
