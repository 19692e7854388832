"""Tables of the counts that hold a count, in which it can move alone.

Lives here: what surrounds a count, once as it is and in some other tables. Does not: moving the
count in them (`witness`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from pipelines.disclosure.blocks import Cut, Mask
from pipelines.disclosure.choice.program import Program
from pipelines.disclosure.choice.task import MOST, Around, Floats, Level, Numbers, Task, merged

# Tables of each set of counts that change together.
TABLES = 6


def tables_around(
    cut: Cut, task: Task, wanted: Mask, width: int, free: Mask, parts: Sequence[Numbers]
) -> list[list[Around]]:
    """Return what holds a count as it is, and other tables of it that give targets more room.

    Args:
        cut: Of the count.
        task: What is moved.
        wanted: Targets.
        width: People by whom a target is to move.
        free: By region and code, which cells of the count have no room to keep to.
        parts: Areas of parts of the state, each of which is changed by itself.

    Returns:
        Tables of each part, and of all parts at once.
    """
    first, *others = task.levels
    shape = first.by_area.shape
    none = np.zeros((len(task.wholes), *task.costs.shape))
    if not others:
        return [[Around(np.full(shape, MOST), none)] for _ in range(len(parts) + 1)]
    least = np.min([level.by_area for level in others], axis=0)
    tables = [[Around((least - first.by_area).astype(float), none)] for _ in range(len(parts) + 1)]
    random = np.random.default_rng(width)
    touched = abs(task.target_areas)
    open_ = wanted.reshape(-1, shape[1]) & (touched @ least < width)
    for changing in _sets(task):
        programs = [_program(cut, task, changing, width, free, areas) for areas in parts]
        for _ in range(TABLES):
            weights = (touched.T @ open_.astype(float) > 0) * (0.5 + 0.5 * random.random(shape))
            if not weights.any():
                break
            every = np.zeros(shape)
            for program, areas, of in zip(programs, parts, tables, strict=False):
                change = np.zeros(shape)
                change[areas] = program.widest_areas(weights[areas], 1)
                every += change
                of.append(_around(task, changing, change))
            tables[-1].append(_around(task, changing, every))
            open_ &= touched @ (first.by_area + tables[-1][-1].most) < width
    return tables


def _sets(task: Task) -> Iterator[list[int]]:
    """Yield levels that change by the same people: all that hold the count, or the nearest."""
    every = list(range(1, len(task.levels)))
    near = [whole for part, whole in task.within if part == 0]
    yield every
    if len(near) < len(every):
        yield near


def _around(task: Task, changing: list[int], change: Floats) -> Around:
    people = [
        level.by_area + (change if number in changing else 0.0)
        for number, level in enumerate(task.levels[1:], start=1)
    ]
    does = np.array([whole in changing for whole in task.wholes]).reshape(-1, 1, 1)
    shift = (task.member @ change)[None] * does
    return Around(np.min(people, axis=0) - task.levels[0].by_area, shift)


def _program(
    cut: Cut, task: Task, changing: list[int], width: int, free: Mask, areas: Numbers
) -> Program:
    """Return a program of counts that change by the same people, and of the one they hold.

    Parts are changed at the same time: a region that is in several keeps its number, if that has
    public bounds.
    """
    inside = np.asarray(cut.member[:, areas].sum(axis=1)) == np.asarray(cut.member.sum(axis=1))
    first, level = task.levels[0], merged([task.levels[number] for number in changing])
    no_end = np.isinf(level.room[0]) & np.isinf(level.room[1])
    hidden = level.hidden & (no_end | inside[:, None])
    levels = [
        replace(first, room=_inside(first, inside)),
        replace(level, hidden=hidden),
    ]
    never = np.full(task.costs.shape, np.inf)
    program = Program(Task(task.member, levels, [(0, 1)], never, (), ()), areas, free)
    ends = [
        task.levels[whole].by_area - task.levels[part].by_area
        for part, whole in task.within
        if part in changing and whole not in changing
    ]
    program.limit(1, np.min([np.full(first.by_area.shape, float(width)), *ends], axis=0))
    return program


def _inside(level: Level, inside: Mask) -> tuple[Floats, Floats]:
    down, up = (np.where(inside[:, None], side, 0.0) for side in level.room)
    return down, up
