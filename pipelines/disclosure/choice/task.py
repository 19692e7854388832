"""What a program is about: a count, what holds it, and what is published of them.

Lives here: the arrays that a program is made of. Does not: the program (`program`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.blocks import Mask, Matrix

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
# Most people by whom a number of one area rises in another table: without an end, a table that
# moves many targets at once moves some of them without end.
MOST = 30.0
FIXED = -1


@dataclass(frozen=True)
class Level:
    """A count that takes part in a program.

    Attributes:
        by_area: People by area and code.
        hidden: By region and code, whether the number is hidden.
        room: By region and code, how many people a number may move down and up, as a hidden one
            may within its public bounds: infinite without them.
        totals: Rows over areas and codes that are published as totals, and cannot change.
        least: By area and code, by how many people a number may fall.
        most: By how many people it may rise.
    """

    by_area: NDArray[np.int64]
    hidden: Mask
    room: tuple[Floats, Floats]
    totals: Matrix
    least: Floats
    most: Floats


@dataclass(frozen=True)
class Task:
    """What a program is about: a count, what holds it, and what of it is to be moved.

    Attributes:
        member: Regions by areas.
        levels: The count and those that it is within.
        within: Pairs of levels, the first within the second.
        costs: By region and code, cost of a person by whom a cell of the count leaves its room,
            which is then given up; infinite where it may not.
        rests: Pairs of regions, the second within the first; a rest is never published.
        wholes: Levels; who is left of them without the count is a target, too. `FIXED` is one
            that does not change, or as a table says that is around the count (`Around`).
        gives: For each level, costs of a person by whom what is published changes, and has to be
            hidden then: totals of the count, cells of what it is within. By default nothing does.
    """

    member: Matrix
    levels: Sequence[Level]
    within: Sequence[tuple[int, int]]
    costs: Floats
    rests: Sequence[tuple[int, int]]
    wholes: Sequence[int]
    gives: Sequence[Floats] = ()

    @property
    def target_areas(self) -> Matrix:
        """Areas of each target without its code: cells, rests, and who is left of each whole."""
        outer, inner = np.array(self.rests, dtype=int).reshape(-1, 2).T
        rests = self.member[outer] - self.member[inner]
        rows: Matrix = sparse.vstack([self.member, rests, *[self.member] * len(self.wholes)])
        return sparse.csr_array(rows)


@dataclass(frozen=True)
class Around:
    """A table of the counts that hold a count, in which that one has its true numbers.

    Attributes:
        most: By area and code, by how many people the count may rise.
        shift: By whole, region and code, by how many people the whole is larger than in truth.
    """

    most: Floats
    shift: Floats


def merged(levels: Sequence[Level]) -> Level:
    """Return the counts that change by the same people as one: what is within what stays so."""
    people = np.min([level.by_area for level in levels], axis=0)
    hidden = np.all([level.hidden for level in levels], axis=0)
    down, up = (
        np.min([np.where(level.hidden, level.room[side], np.inf) for level in levels], axis=0)
        for side in (0, 1)
    )
    totals: Matrix = sparse.vstack([level.totals for level in levels], format="csr")
    least, most = (
        np.min(ends, axis=0) for ends in ([of.least for of in levels], [of.most for of in levels])
    )
    return Level(people, hidden, (down, up), totals, least, most)


def together(task: Task) -> Task:
    """Return a task in which all counts that hold the first one change by the same people.

    A table of it is one of the task. A program of two counts takes a tenth of the time of one of
    four.
    """
    levels = [task.levels[0], merged(task.levels[1:])]
    return replace(task, levels=levels, within=[(0, 1)], wholes=[1] * len(task.wholes))


def alone(task: Task) -> Task:
    """Return a task in which a count changes, and nothing that holds it."""
    fixed = [FIXED] * len(task.wholes)
    return replace(task, levels=task.levels[:1], within=(), wholes=fixed)
