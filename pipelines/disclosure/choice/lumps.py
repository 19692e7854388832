"""A count where it is published: without the regions that are left out, and with larger areas.

Lives here: which regions and areas the programs of a count need. Does not: what is left out
(`withheld`), the programs (`program`).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from pipelines.disclosure.blocks import Block, Count, Cut, Mask, Pattern
from pipelines.disclosure.choice.bands import public_bands
from pipelines.disclosure.choice.task import MOST, Floats, Numbers
from pipelines.disclosure.manifest import ALL
from pipelines.disclosure.policy import DisclosurePolicy


@dataclass(frozen=True)
class Lumps:
    """A count with those that hold it, over the regions of which it is published or protected.

    Areas that these regions do not tell apart are one: of a state of hundreds of districts whose
    pages are withheld, programs are left that are a tenth as large.

    Attributes:
        block: The counts; of other kinds of groups they are as they were.
        pattern: What is hidden of them.
        rows: Numbers of the regions among all.
        least: For each count, by how many people it may fall, by area and code: other regions may
            tell something of those that hold it.
        most: By how many people it may rise.
        has_total: For each count, the areas whose totals other regions tell.
    """

    block: Block
    pattern: Pattern
    rows: Numbers
    least: dict[str, Floats]
    most: dict[str, Floats]
    has_total: dict[str, Mask]

    def targets(self, wanted: Mask, cut: Cut) -> Mask:
        """Return which of the targets of a cut of all regions are wanted, of those of these."""
        regions, number = len(cut.regions), len(cut.rests)
        pairs = np.flatnonzero(_inside(cut, self.rows))
        by_row = wanted.reshape(-1, len(cut.codes))
        wholes = (len(by_row) - regions - number) // regions
        left = [self.rows + regions + number + whole * regions for whole in range(wholes)]
        return by_row[np.concatenate([self.rows, regions + pairs, *left])].ravel()

    def put_back(self, pattern: Pattern, count: Count, group: str) -> None:
        """Write what is hidden of a count, and has no bounds, to the pattern of all regions."""
        name, hidden = count.count_id, pattern.hidden[count.count_id][group]
        hidden[self.rows] = self.pattern.hidden[name][group]
        if (name, group) in self.pattern.unbounded:
            every = np.ones(hidden.shape, dtype=bool)
            every[self.rows] = self.pattern.unbounded[name, group]
            pattern.unbounded[name, group] = every


def lumped(
    block: Block, count: Count, group: str, policy: DisclosurePolicy, pattern: Pattern, asked: Mask
) -> Lumps:
    """Return a count over some regions.

    Args:
        block: Of the count.
        count: The count.
        group: A kind of groups.
        policy: Names the public bounds.
        pattern: What is hidden.
        asked: The regions.
    """
    cut, rows = block.cuts[group], np.flatnonzero(asked)
    ids = [count.count_id, *block.ancestors[count.count_id]]
    cells, has_total = dict[str, Mask](), dict[str, Mask]()
    for each in ids:
        of = _tells(block, block.counts[each], group, policy, pattern)
        of = [part & ~asked[:, None] & (each != count.count_id) for part in of]
        cells[each], has_total[each] = (cut.member.T @ part > 0 for part in of)
    signs = np.vstack([cut.member[rows].toarray(), *(of.T for of in has_total.values())])
    _, first, lump = np.unique(signs, axis=1, return_index=True, return_inverse=True)
    lump = np.arange(signs.shape[1]) if asked.all() else lump.ravel()
    first = lump if asked.all() else first
    merge = sparse.csr_array((np.ones(len(lump), dtype=np.int64), (lump, np.arange(len(lump)))))
    room = {each: _room(block, each, group, cells, has_total) for each in ids}
    return Lumps(
        _block(block, group, rows, first, merge),
        _pattern(pattern, group, rows),
        rows,
        {each: merge @ of for each, (of, _) in room.items()},
        {each: np.minimum(merge @ of, MOST) for each, (_, of) in room.items()},
        {each: of[first, 0] for each, of in has_total.items()},
    )


def _tells(
    block: Block, count: Count, group: str, policy: DisclosurePolicy, pattern: Pattern
) -> tuple[Mask, Mask]:
    """Return which numbers or bounds each region tells of a count, and whether its total."""
    cut = block.cuts[group]
    hidden, totals = (pattern.hidden[count.count_id][of] for of in (group, ALL))
    bounded = np.isfinite(public_bands(block, count, group, policy, pattern)[1])
    cells = ~hidden | bounded
    if group == ALL:
        return cells, cells
    rows = [block.cuts[ALL].regions.index(region) for region in cut.regions]
    return cells, ~totals[rows]


def _room(
    block: Block, name: str, group: str, cells: dict[str, Mask], has_total: dict[str, Mask]
) -> tuple[Floats, Floats]:
    """Return by how many people a count may fall and rise, by area and code.

    What is told does not change; where a total is, who is one more of a group is one less of
    others that are not told; nobody is more than a whole that is told.
    """
    people = block.counts[name].by_area[group].astype(np.float64)
    least = np.where(cells[name], 0, people)
    others = least.sum(axis=1, keepdims=True) - least
    most = np.where(has_total[name] & (group != ALL), others, np.inf)
    most[cells[name]] = 0
    for whole in block.ancestors[name]:
        of = np.where(cells[whole], block.counts[whole].by_area[group], np.inf)
        most = np.minimum(most, of - people)
    return least, most


def _block(block: Block, group: str, rows: Numbers, first: Numbers, merge: Any) -> Block:
    cut = block.cuts[group]
    place = {int(row): n for n, row in enumerate(rows)}
    pairs = np.array(cut.rests, dtype=int).reshape(-1, 2)[_inside(cut, rows)]
    less = Cut(
        group,
        cut.codes,
        tuple(cut.regions[row] for row in rows),
        tuple(cut.schemes[row] for row in rows),
        sparse.csr_array(sparse.csr_array(cut.member[rows])[:, first]),
        tuple((place[outer], place[inner]) for outer, inner in pairs.tolist()),
    )
    counts = {
        name: replace(of, by_area=of.by_area | {group: merge @ of.by_area[group]})
        for name, of in block.counts.items()
    }
    return replace(block, cuts=block.cuts | {group: less}, counts=counts)


def _pattern(pattern: Pattern, group: str, rows: Numbers) -> Pattern:
    hidden = {
        name: groups | {group: groups[group][rows]}
        for name, groups in pattern.hidden.items()
        if group in groups
    }
    unbounded = {
        (name, of): mask[rows] if of == group else mask
        for (name, of), mask in pattern.unbounded.items()
    }
    return Pattern(hidden, pattern.withheld, unbounded)


def _inside(cut: Cut, rows: Numbers) -> Mask:
    """Return which rests are between two of some regions."""
    pairs = np.array(cut.rests, dtype=int).reshape(-1, 2)
    return np.reshape(np.isin(pairs, rows).all(axis=1), -1)
