"""What is too small to be shown, by the policy alone.

Lives here: small cells, rests of regions, who is left of a count, changes by a correction. Does
not: what is hidden with them (`selection`).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipelines.disclosure.blocks import LEFT, Block, Count, Cut, Mask
from pipelines.disclosure.manifest import UNKNOWN


def too_small(block: Block, count: Count, group: str, least: int) -> Mask:
    """Return the cells that are too small to be shown, by region and code."""
    cut = block.cuts[group]
    small = _too_small(block, count, lambda of: cut.cells(of.by_area[group]), least)
    return small | _small_change(block, count, group, least)


def _small_change(block: Block, count: Count, group: str, least: int) -> Mask:
    """Return the cells of a correction that reveal a small number of people who joined or left."""
    cut, name = block.cuts[group], count.count_id

    def change(of: Count) -> NDArray[np.float64]:
        before = [
            [_before(block, of.count_id, group, region, code) for code in cut.codes]
            for region in cut.regions
        ]
        people = cut.cells(of.by_area[group]).astype(np.float64)
        return people - np.array(before).reshape(people.shape)

    came_or_went = change(count)
    small = (came_or_went != 0) & (np.abs(came_or_went) < least) | _few(block, cut, name, least)
    if count.of is not None:
        left = change(block.counts[count.of]) - came_or_went
        small |= (left != 0) & (np.abs(left) < least) | _few(block, cut, LEFT + name, least)
    return small


def _few(block: Block, cut: Cut, name: str, least: int) -> Mask:
    """Return the published cells of a correction in which few people came, or few went."""
    few = [
        [0 < block.moved.get((name, cut.group, region, code), 0) < least for code in cut.codes]
        for region in cut.regions
    ]
    return np.array(few, dtype=bool).reshape(len(cut.regions), len(cut.codes))


def _before(block: Block, count_id: str, group: str, region: str, code: str) -> float:
    """Return a number that was published before; not a number where none was."""
    if block.before is None or code == UNKNOWN:
        return np.nan
    people = block.before.get((count_id, group, region, code), 0)
    return np.nan if people is None else people


def small_rests(block: Block, count: Count, group: str, least: int) -> Mask:
    """Return the rests of nested regions that are too small, by pair and code."""
    cut = block.cuts[group]
    outer, inner = np.array(cut.rests, dtype=int).reshape(-1, 2).T

    def rests(of: Count) -> NDArray[np.int64]:
        people = cut.cells(of.by_area[group])
        return people[outer] - people[inner]

    return _too_small(block, count, rests, least)


def _too_small(
    block: Block, count: Count, people_of: Callable[[Count], NDArray[np.int64]], least: int
) -> Mask:
    """Return where a count is small, or what is left of a count that it is within.

    Of a denominator of enough people, nobody and everybody are as telling as a few. Of another
    count, the people who are left are a group of their own.
    """
    people = people_of(count)
    small = (people > 0) & (people < least)
    for whole in count.within:
        left = people_of(block.counts[whole]) - people
        small |= (left > 0) & (left < least)
    if count.of is not None:
        of = people_of(block.counts[count.of])
        small |= (of >= least) & ((people < least) | (of - people < least))
    return small


def small_left(block: Block, count: Count, whole: str, group: str, least: int) -> Mask:
    """Return where too few are left of a count without another, by region and code."""
    cut = block.cuts[group]
    of = cut.cells(block.counts[whole].by_area[group])
    left = of - cut.cells(count.by_area[group])
    telling = (left > 0) | ((of >= least) & (whole == count.of))
    return (left < least) & telling
