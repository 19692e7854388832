"""Counts of people that are decided together, as arrays over places and student groups.

Lives here: cuts, counts and blocks of them. Does not: reading them from a warehouse (`counts`).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

BlockName = tuple[str, str, str]  # cohort, year, attribution
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
CountCell = tuple[str, str, str, str]  # count, group, region, code
Numbers = dict[CountCell, int | None]  # what was published; None where it was hidden
LEFT = "left of "  # before the name of a numerator: those of its denominator who are not in it
Matrix = Any  # sparse, of scipy, whose types name no operation


@dataclass(frozen=True)
class Cut:
    """A kind of student groups over the regions for which it is public.

    Attributes:
        group: The kind, such as gender; `all` for totals.
        codes: Its groups.
        regions: Ids of its regions.
        schemes: The scheme of each region.
        member: Regions by areas: 1 where the area is within the region. An area is the places that
            no region of the cut tells apart.
        rests: Pairs of regions, the second directly within the first.
    """

    group: str
    codes: tuple[str, ...]
    regions: tuple[str, ...]
    schemes: tuple[str, ...]
    member: Matrix
    rests: tuple[tuple[int, int], ...]

    def cells(self, counts: Counts) -> Counts:
        """Return counts by region and code from counts by area and code."""
        return self.member @ counts


@dataclass
class Count:
    """A number of people that some metrics share: a denominator, a numerator or both.

    Attributes:
        count_id: The first use of it, as metric@version:part.
        conditions: Conditions of the definitions that its people meet.
        within: Ids of the counts that have all of its people.
        of: Id of the denominator that it is a numerator of, or None.
        by_area: For each group, counts by area and code.
    """

    count_id: str
    conditions: frozenset[str]
    within: list[str] = field(default_factory=list)
    of: str | None = None
    by_area: dict[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """The counts of a cohort and year that are decided together.

    Attributes:
        counts: By id, each after those it is within.
        uses: For each metric, the ids of its numerator and denominator.
        listed: For each metric and group, the region schemes for which it is published.
        protected: Schemes that are not published, and whose regions are protected all the same.
        before: What was published of it before it is corrected, or None.
        moved: Of its cells, the fewest people who came or who went since then.
        shown_last: Cells that are shown of the cohort a year before.
    """

    cohort: str
    cohort_year: str
    attribution: str
    cuts: dict[str, Cut]
    counts: dict[str, Count]
    uses: dict[str, tuple[str, str]]
    listed: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    before: Numbers | None = None
    moved: dict[CountCell, int] = field(default_factory=dict)
    shown_last: frozenset[CountCell] = frozenset()

    def regions_of(self, count_id: str, group: str) -> tuple[Mask, Mask]:
        """Return where a count is published of a group, and where protected, by region."""
        schemes = set[str]()
        for metric, used in self.uses.items():
            if count_id in used:
                schemes |= self.listed[metric].get(group, frozenset())
        of = np.array(self.cuts[group].schemes)
        listed = np.isin(of, sorted(schemes))
        return listed, listed | (np.isin(of, sorted(self.protected)) & listed.any())

    @property
    def name(self) -> BlockName:
        """Its cohort, year and attribution."""
        return self.cohort, self.cohort_year, self.attribution

    def numerators(self, count_id: str) -> list[str]:
        """Return a count with its numerators, and theirs."""
        of = {count_id}
        for count in self.counts.values():
            of |= {count.count_id} if count.of in of else set()
        return [each for each in self.counts if each in of]

    @cached_property
    def ancestors(self) -> dict[str, list[str]]:
        """For each count, the counts that it is within, directly or not, near ones first."""
        ancestors: dict[str, list[str]] = {}
        place = {count_id: place for place, count_id in enumerate(self.counts)}
        for count in self.counts.values():
            above = [count_id for near in count.within for count_id in (near, *ancestors[near])]
            ancestors[count.count_id] = sorted(set(above), key=lambda of: -place[of])
        return ancestors


@dataclass
class Pattern:
    """What is hidden of a block.

    Attributes:
        hidden: For each count and group, by region and code.
        withheld: Counts, groups and region schemes that are not published at all.
        unbounded: For each count and group, by region and code, where no bounds are public.
        programs: Linear programs solved.
    """

    hidden: dict[str, dict[str, Mask]] = field(default_factory=dict)
    withheld: set[tuple[str, str, str]] = field(default_factory=set)
    unbounded: dict[tuple[str, str], Mask] = field(default_factory=dict)
    programs: int = 0

    def is_withheld(self, count_id: str, cut: Cut) -> Mask:
        """Return where a count is not published at all, by region."""
        return np.array([(count_id, cut.group, of) in self.withheld for of in cut.schemes])


def shown_cells(block: Block, pattern: Pattern) -> frozenset[CountCell]:
    """Return the cells of a block that are not hidden."""
    return frozenset(
        (count_id, group, block.cuts[group].regions[row], block.cuts[group].codes[column])
        for count_id, groups in pattern.hidden.items()
        for group, hidden in groups.items()
        for row, column in np.argwhere(~hidden)
    )


def rests(member: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return pairs of regions, the second directly within the first."""
    size = member.sum(axis=1)
    common = member @ member.T
    within = (common == size[:, None]) & (size[:, None] < size[None, :])  # row within column
    return [
        (int(outer), int(inner))
        for inner, outer in np.argwhere(within)
        if not (within[inner] & within[:, outer]).any()
    ]
