"""Which cells are hidden: the small ones, and others until nobody can work the small ones out.

Lives here: the order in which counts are decided, what is too small, and what is hidden with it.
Does not: the programs (`program`), the proof (`audit`). The method is in `docs/publish.md`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.bands import public_bands
from pipelines.disclosure.blocks import Block, Count, Cut, Mask, Pattern
from pipelines.disclosure.manifest import ALL, CROSSED, STATEWIDE, UNKNOWN
from pipelines.disclosure.policy import DisclosurePolicy
from pipelines.disclosure.program import Level, Matrix, Program, Task


def choose(block: Block, policy: DisclosurePolicy) -> Pattern:
    """Return what is hidden of a block, wider counts decided first."""
    pattern = Pattern()
    for count in block.counts.values():
        _decide(block, count, policy, pattern)
    return pattern


def withhold(block: Block, pattern: Pattern, count_id: str, group: str) -> None:
    """Leave out a count's group, with all that says something of it: hiding more is always safe."""
    counts = [c for c in block.counts if c == count_id or block.counts[c].of == count_id]
    for each in counts:
        for name in block.cuts:
            if name == group or group == ALL or group in CROSSED.get(name, ()):
                pattern.withheld.add((each, name))
                if name in pattern.hidden.get(each, {}):
                    pattern.hidden[each][name][:] = True


def too_small(block: Block, count: Count, group: str, least: int) -> Mask:
    """Return the cells that are too small to be shown, by region and code."""
    cut = block.cuts[group]
    small = _too_small(block, count, lambda of: cut.cells(of.by_area[group]), least)
    return small | _small_change(block, count, group, least)


def _small_change(block: Block, count: Count, group: str, least: int) -> Mask:
    """Return the cells of a correction that would tell of few people who came or went."""
    cut = block.cuts[group]

    def change(of: Count) -> NDArray[np.float64]:
        before = [
            [_before(block, of.count_id, group, region, code) for code in cut.codes]
            for region in cut.regions
        ]
        people = cut.cells(of.by_area[group]).astype(np.float64)
        return people - np.array(before).reshape(people.shape)

    moved = change(count)
    small = (moved != 0) & (np.abs(moved) < least)
    if count.of is not None:
        left = change(block.counts[count.of]) - moved
        small |= (left != 0) & (np.abs(left) < least)
    return small


def _before(block: Block, count_id: str, group: str, region: str, code: str) -> float:
    """Return a number that was published before; not a number where none was."""
    if block.before is None or code == UNKNOWN:
        return np.nan
    people = block.before.get((count_id, group, region, code), 0)
    return np.nan if people is None else people


def _small_rests(block: Block, count: Count, group: str, least: int) -> Mask:
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


def _open_wholes(count: Count, group: str, pattern: Pattern) -> list[str]:
    """Return counts that a count is within, and of which cells are hidden."""
    wholes = sorted({*count.within} | ({count.of} if count.of else set()))
    return [whole for whole in wholes if pattern.hidden[whole][group].any()]


def _small_left(block: Block, count: Count, whole: str, group: str, least: int) -> Mask:
    """Return where too few are left of a count without another, by region and code."""
    cut = block.cuts[group]
    of = cut.cells(block.counts[whole].by_area[group])
    left = of - cut.cells(count.by_area[group])
    telling = (left > 0) | ((of >= least) & (whole == count.of))
    return (left < least) & telling


def _decide(block: Block, count: Count, policy: DisclosurePolicy, pattern: Pattern) -> None:
    """Decide every group of a count; hide totals, and begin again, where groups need it."""
    totals = np.zeros((len(block.cuts[ALL].regions), 1), dtype=bool)
    for last in range(policy.rounds, -1, -1):
        pattern.hidden[count.count_id] = {}
        unprotected: dict[str, Mask] = {}
        for group in block.cuts:
            extra = totals if group == ALL else None
            unprotected[group] = _protect(block, count, group, policy, pattern, extra)
        narrow = {g: regions for g, regions in unprotected.items() if regions.any()}
        if not narrow:
            return
        before = totals.copy()
        for group, regions in narrow.items():
            rows = [
                block.cuts[ALL].regions.index(r)
                for r in np.array(block.cuts[group].regions)[regions]
            ]
            totals[rows] = True
        if last == 0 or (totals == before).all():
            for group in narrow:
                withhold(block, pattern, count.count_id, group)
            return


def _protect(
    block: Block,
    count: Count,
    group: str,
    policy: DisclosurePolicy,
    pattern: Pattern,
    extra: Mask | None,
) -> Mask:
    """Hide cells of a group until each protected one can be moved.

    Totals in `extra` are hidden, and protected as if they were small. Comes back: by region,
    whether a cell there could not be protected.
    """
    cut = block.cuts[group]
    small = too_small(block, count, group, policy.least_people)
    hidden = small | _hidden_above(block, count, group, pattern)
    if extra is not None:
        hidden |= extra
        small = small | extra
    if cut.codes[-1] == UNKNOWN:
        hidden[:, -1] = True
    pattern.hidden[count.count_id][group] = hidden
    if {(c, group) for c in (count.count_id, count.of, *count.within)} & pattern.withheld:
        withhold(block, pattern, count.count_id, group)
        hidden[:] = True
        return np.zeros(len(cut.regions), dtype=bool)
    wanted = [small, _small_rests(block, count, group, policy.least_people)]
    for whole in _open_wholes(count, group, pattern):
        left = _small_left(block, count, whole, group, policy.least_people)
        wanted.append(left & pattern.hidden[whole][group])
    wanted = np.concatenate([targets.ravel() for targets in wanted])
    return _move_each(block, count, group, policy, pattern, wanted)


def _move_each(
    block: Block,
    count: Count,
    group: str,
    policy: DisclosurePolicy,
    pattern: Pattern,
    wanted: Mask,
) -> Mask:
    """Hide what the cheapest other tables need that move each target; return where none is.

    A target within a macroregion is moved there if it can be: a program of all areas of the state
    takes some 30 times as long.
    """
    cut, hidden = block.cuts[group], pattern.hidden[count.count_id][group]
    failed = np.zeros(len(cut.regions), dtype=bool)
    if not wanted.any():
        return failed
    task = _task(block, count, group, policy, pattern)
    touched = abs(task.target_areas)
    people = np.zeros(wanted.size)
    people[: hidden.size] = cut.cells(count.by_area[group]).ravel()
    order = np.argsort(-people, kind="stable")
    waiting = wanted.copy()
    neighbourhoods = _neighbourhoods(cut)
    for areas in neighbourhoods:
        outside = np.ones(cut.member.shape[1])
        outside[areas] = 0
        inside = np.repeat(touched @ outside == 0, len(cut.codes))
        asked = [int(t) for t in order if waiting[t] and inside[t]]
        if not asked:
            continue
        program = Program(task, areas, hidden)
        for target in (t for t in asked if waiting[t]):
            pattern.programs += 1
            change = program.move(target, policy.width)
            if change is None:
                if areas is neighbourhoods[-1]:
                    failed[_region(cut, target)] = True
                continue
            waiting &= np.abs(change) < policy.width - 1e-6
            moved = np.flatnonzero(change[: hidden.size])
            moved = moved[~hidden.ravel()[moved]]
            hidden.ravel()[moved] = True
            program.hide(moved)
    return failed


def _neighbourhoods(cut: Cut) -> list[NDArray[np.int64]]:
    """Return the areas of each macroregion, and at last all areas."""
    everywhere = np.arange(cut.member.shape[1])
    rows = [cut.member[[n]] for n, of in enumerate(cut.schemes) if of == "macroregion"]
    near = [np.sort(row.indices).astype(np.int64) for row in rows]
    return [*(areas for areas in near if 1 < len(areas) < len(everywhere)), everywhere]


def _region(cut: Cut, target: int) -> int:
    """Return the region of a target: of a cell, the outer one of a rest, or of who is left."""
    number, regions = target // len(cut.codes), len(cut.regions)
    if number < regions:
        return number
    rest = number - regions
    return cut.rests[rest][0] if rest < len(cut.rests) else (rest - len(cut.rests)) % regions


def _hidden_above(block: Block, count: Count, group: str, pattern: Pattern) -> Mask:
    """Return cells that are hidden with their denominator, or with their region's total."""
    cut = block.cuts[group]
    hidden = np.zeros((len(cut.regions), len(cut.codes)), dtype=bool)
    if count.of is not None:
        hidden |= pattern.hidden[count.of][group]
    for total, columns in _totals(block, group):
        rows = [block.cuts[total].regions.index(region) for region in cut.regions]
        hidden |= pattern.hidden[count.count_id][total][rows][:, columns]
    return hidden


def _totals(block: Block, group: str) -> list[tuple[str, list[int]]]:
    """Return the cuts that a group's codes add up to, with the code of each of them."""
    if group == ALL:
        return []
    if group not in CROSSED:
        return [(ALL, [0] * len(block.cuts[group].codes))]
    parts = [code.split("-") for code in block.cuts[group].codes]
    return [
        (total, [block.cuts[total].codes.index(part[place]) for part in parts])
        for place, total in enumerate(CROSSED[group])
    ]


def _published_totals(block: Block, count_id: str, group: str, pattern: Pattern) -> Matrix:
    """Return rows over areas and codes of a cut, one for each published total of its codes."""
    cut = block.cuts[group]
    rows = [sparse.csr_array((0, cut.member.shape[1] * len(cut.codes)))]
    for total, columns in _totals(block, group):
        above = block.cuts[total]
        regions = [above.regions.index(region) for region in cut.regions]
        shown = ~pattern.hidden[count_id][total][regions]
        for code in sorted(set(columns)):
            adds = np.array([[float(column == code) for column in columns]])
            member = cut.member[np.flatnonzero(shown[:, code])]
            rows.append(sparse.csr_array(sparse.kron(member, sparse.csr_array(adds))))
    return sparse.csr_array(sparse.vstack(rows, format="csr"))


def _task(
    block: Block, count: Count, group: str, policy: DisclosurePolicy, pattern: Pattern
) -> Task:
    cut = block.cuts[group]
    ids = [count.count_id, *block.ancestors[count.count_id]]
    levels = [
        Level(
            block.counts[each].by_area[group],
            pattern.hidden[each][group],
            _room(block, block.counts[each], group, policy, pattern),
            _published_totals(block, each, group, pattern),
        )
        for each in ids
    ]
    within = [
        (ids.index(part), ids.index(whole)) for part in ids for whole in block.counts[part].within
    ]
    # Where a whole is shown, who is left of it is as uncertain as the count.
    wholes = [ids.index(whole) for whole in _open_wholes(count, group, pattern)]
    return Task(cut.member, levels, within, _costs(cut, count, policy), cut.rests, wholes)


def _room(
    block: Block, count: Count, group: str, policy: DisclosurePolicy, pattern: Pattern
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far numbers may move down and up within the bounds that are public of them."""
    low, high = public_bands(block, count, group, policy, pattern)
    people = block.cuts[group].cells(count.by_area[group])
    return people - low, high - people


def _costs(cut: Cut, count: Count, policy: DisclosurePolicy) -> NDArray[np.float64]:
    """Return the cost of a changed person, by region and code: more where more people read it."""
    weights = {STATEWIDE: policy.state_cost, "macroregion": policy.macroregion_cost}
    by_region = np.array([weights.get(scheme, 1.0) for scheme in cut.schemes])
    of_total = policy.total_cost if cut.group == ALL else 1.0
    people = cut.cells(count.by_area[cut.group])
    return (1 + np.log1p(people)) * by_region[:, None] * of_total
