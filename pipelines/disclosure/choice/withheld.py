"""What is left out as a whole: a count, for some student groups and kinds of regions.

Lives here: leaving out, and the pages of which nearly all cells are holes. Does not: which cells of
a page are hidden (`selection`), what the audit objects to (`build`).
"""

from collections.abc import Collection, Iterator

import numpy as np

from pipelines.disclosure.blocks import Block, Count, Cut, Mask, Pattern
from pipelines.disclosure.manifest import ALL, CROSSED, STATEWIDE

# Of a kind of as many regions a count is left out for groups of which hardly a cell could be shown.
PAGE, HOLES = 100, 0.1


def withhold(
    block: Block, pattern: Pattern, count_id: str, group: str, schemes: Collection[str] = ()
) -> None:
    """Leave out a count's group, with all that says something of it: hiding more is always safe.

    Args:
        block: Of the count.
        pattern: What is hidden; more of it afterwards.
        count_id: The count.
        group: The kind of groups; with totals all kinds.
        schemes: Kinds of regions; by default all.
    """
    for each, name, cut in _below(block, count_id, group):
        of = set(schemes or cut.schemes) & {*cut.schemes}
        pattern.withheld |= {(each, name, scheme) for scheme in of}
        if name in pattern.hidden.get(each, {}):
            pattern.hidden[each][name][np.isin(cut.schemes, sorted(of))] = True


def is_shown(
    block: Block, pattern: Pattern, count_id: str, group: str, regions: Collection[str]
) -> bool:
    """Return whether a count's group, or what says something of it, has a number or bounds."""
    return any(
        not hidden[np.isin(cut.regions, sorted(regions))].all()
        for each, name, cut in _below(block, count_id, group)
        for hidden in (pattern.hidden[each][name], pattern.unbounded.get((each, name)))
        if hidden is not None
    )


def hide_regions(
    block: Block, pattern: Pattern, count_id: str, group: str, regions: Collection[str]
) -> None:
    """Hide a count's group in some regions, its bounds, and all that says something of it."""
    for each, name, cut in _below(block, count_id, group):
        for hidden in (pattern.hidden[each][name], pattern.unbounded.get((each, name))):
            if hidden is not None:
                hidden[np.isin(cut.regions, sorted(regions))] = True


def _below(block: Block, count_id: str, group: str) -> Iterator[tuple[str, str, Cut]]:
    """Yield a count and its numerators with a group, or all of which it is the total."""
    for each in block.numerators(count_id):
        for name, cut in block.cuts.items():
            if name == group or group == ALL or group in CROSSED.get(name, ()):
                yield each, name, cut


def withhold_holes(block: Block, count: Count, group: str, pattern: Pattern) -> None:
    """Leave out a count's group for a kind of many regions where nearly all cells are holes."""
    cut, hidden = block.cuts[group], pattern.hidden[count.count_id][group]
    there = cut.cells(count.by_area[group]) > 0
    for scheme in dict.fromkeys(cut.schemes):
        rows = np.array(cut.schemes) == scheme
        cells, shown = there[rows].sum(), (there & ~hidden)[rows].sum()
        if rows.sum() >= PAGE and shown < HOLES * cells:
            withhold(block, pattern, count.count_id, group, {scheme})


def withhold_narrow(block: Block, count: Count, pattern: Pattern, narrow: dict[str, Mask]) -> None:
    """Leave out groups of which cells could not be protected, but for the state where it could.

    Of many regions the audit finds what is left, and for which kind of them.

    Args:
        block: Of the count.
        count: The count.
        pattern: What is hidden; more of it afterwards.
        narrow: By group, the regions of such cells.
    """
    for group, regions in narrow.items():
        schemes = np.array(block.cuts[group].schemes)
        below = {*schemes.tolist()} - {STATEWIDE}
        if len(schemes) < PAGE:
            is_state = STATEWIDE in schemes[regions]
            withhold(block, pattern, count.count_id, group, () if is_state else below)
