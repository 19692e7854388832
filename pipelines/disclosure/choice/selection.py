"""Which cells are hidden: the small ones, and others until nobody can work the small ones out.

Lives here: the order in which counts are decided, what is too small, and what is hidden with it.
Does not: the programs (`program`), the proof (`audit`). The method is in `docs/publish.md`.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.blocks import Block, Count, Cut, Mask, Pattern
from pipelines.disclosure.choice.bands import public_bands
from pipelines.disclosure.choice.lumps import Lumps, lumped
from pipelines.disclosure.choice.primary import small_left, small_rests, too_small
from pipelines.disclosure.choice.program import Program
from pipelines.disclosure.choice.task import Level, Matrix, Task
from pipelines.disclosure.choice.withheld import withhold, withhold_holes, withhold_narrow
from pipelines.disclosure.choice.witness import move_each
from pipelines.disclosure.manifest import ALL, CROSSED, STATEWIDE, UNKNOWN
from pipelines.disclosure.policy import DisclosurePolicy

# How much dearer it is to hide a cell of a count that holds others: its numerators go with it.
DEAR = 10.0
# Steps of the simplex method after which nobody looks for what else could be hidden for targets of
# a group that nothing protects yet: totals are, and at last the group is withheld.
WORK = 20_000
# Regions of a count for which nobody looks for what else could be hidden, and of a state for which
# totals are hidden once: what nothing protects then the audit finds.
MANY = 400


def choose(block: Block, policy: DisclosurePolicy) -> Pattern:
    """Return what is hidden of a block, wider counts decided first."""
    pattern = Pattern()
    for count in block.counts.values():
        _decide(block, count, policy, pattern)
    return pattern


def _open_wholes(count: Count, group: str, pattern: Pattern) -> list[str]:
    """Return counts that a count is within, and of which cells are hidden."""
    wholes = sorted({*count.within} | ({count.of} if count.of else set()))
    return [whole for whole in wholes if pattern.hidden[whole][group].any()]


def _decide(block: Block, count: Count, policy: DisclosurePolicy, pattern: Pattern) -> None:
    """Decide every group of a count; hide totals, and begin again, where groups need it."""
    totals = np.zeros((len(block.cuts[ALL].regions), 1), dtype=bool)
    above = block.ancestors[count.count_id]
    rounds = policy.rounds if len(totals) < MANY else 1
    for last in range(rounds, -1, -1):
        shown = _shown(pattern, above)
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
        if last == 0 or ((totals == before).all() and shown == _shown(pattern, above)):
            withhold_narrow(block, count, pattern, narrow)
            return


def _shown(pattern: Pattern, counts: list[str]) -> int:
    """Return how many cells of some counts are shown."""
    return sum(int((~of).sum()) for each in counts for of in pattern.hidden[each].values())


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
    listed, asked = block.regions_of(count.count_id, group)
    small = too_small(block, count, group, policy.least_people) & asked[:, None]
    hidden = small | _hidden_above(block, count, group, pattern) | ~listed[:, None]
    if extra is not None:
        hidden |= extra
        small = small | extra
    if cut.codes[-1] == UNKNOWN:
        hidden[:, -1] = True
    pattern.hidden[count.count_id][group] = hidden
    above = [count.count_id, *count.within, *([count.of] if count.of else [])]
    withheld = np.any([pattern.is_withheld(each, cut) for each in above], axis=0)
    if withheld.any():
        schemes = {of for of, gone in zip(cut.schemes, withheld, strict=True) if gone}
        withhold(block, pattern, count.count_id, group, schemes)
    withhold_holes(block, count, group, pattern)
    asked = asked & ~pattern.is_withheld(count.count_id, cut)
    small &= asked[:, None]
    pairs = np.array(cut.rests, dtype=int).reshape(-1, 2)
    rests = small_rests(block, count, group, policy.least_people)
    wanted = [small, rests & np.reshape(asked[pairs].all(axis=1), (-1, 1))]
    for whole in _open_wholes(count, group, pattern):
        left = small_left(block, count, whole, group, policy.least_people)
        wanted.append(left & pattern.hidden[whole][group] & asked[:, None])
    wanted = np.concatenate([targets.ravel() for targets in wanted])
    if not asked.any():
        return asked
    lumps = lumped(block, count, group, policy, pattern, asked)
    return _move_each(block, count, group, policy, pattern, lumps, lumps.targets(wanted, cut))


def _move_each(
    block: Block,
    count: Count,
    group: str,
    policy: DisclosurePolicy,
    pattern: Pattern,
    lumps: Lumps,
    wanted: Mask,
) -> Mask:
    """Hide what the cheapest other tables need that move each target; return where none is."""
    cut, hidden = lumps.block.cuts[group], lumps.pattern.hidden[count.count_id][group]
    count = lumps.block.counts[count.count_id]
    failed = np.zeros(len(cut.regions), dtype=bool)
    if wanted.any():
        task = _task(lumps, count, group, policy)
        unmoved, programs = move_each(cut, task, wanted, policy.width, hidden)
        pattern.programs += programs
        lumps.put_back(pattern, count, group)
        if len(cut.regions) < MANY:
            failed = _make_room(block, count, group, policy, pattern, lumps, task, unmoved)
    if count.of is not None and not failed.any():
        pattern.programs += _bound(lumps, count, group, policy, wanted)
        lumps.put_back(pattern, count, group)
    every = np.zeros(len(block.cuts[group].regions), dtype=bool)
    every[lumps.rows] = failed
    return every


def _make_room(
    block: Block,
    count: Count,
    group: str,
    policy: DisclosurePolicy,
    pattern: Pattern,
    lumps: Lumps,
    task: Task,
    unmoved: list[int],
) -> Mask:
    """Find what else has to be hidden so that targets can be moved.

    Cells of counts that hold this one are hidden at once: hiding more is always safe. Comes back:
    regions whose totals of this count have to be; of a target that nothing helps, its own.
    """
    cut, ids = lumps.block.cuts[group], [count.count_id, *block.ancestors[count.count_id]]
    hidden, failed = lumps.pattern.hidden, np.zeros(len(cut.regions), dtype=bool)
    if not unmoved:
        return failed
    shown, costs = np.zeros(0, dtype=np.int64), [np.zeros(0)]
    if group != ALL and group not in CROSSED:
        rows = [block.cuts[ALL].regions.index(region) for region in cut.regions]
        shown = np.flatnonzero(~pattern.hidden[count.count_id][ALL][rows, 0])
        costs = [_costs(block, ALL, count, policy)[rows, 0][shown]]
    elif group in CROSSED:
        costs = [np.full(task.levels[0].totals.shape[0], DEAR)]
    cells = [np.flatnonzero(~hidden[each][group].ravel()) for each in ids[1:]]
    for each, of in zip(ids[1:], cells, strict=True):
        dear = _costs(lumps.block, group, lumps.block.counts[each], policy)
        costs.append(DEAR * dear.ravel()[of])
    everywhere = np.arange(cut.member.shape[1])
    free = hidden[count.count_id][group].copy()
    program = Program(replace(task, gives=costs), everywhere, free)
    ends = np.cumsum([len(of) for of in costs])
    for target in unmoved:
        pattern.programs += 1
        if program.steps > WORK or program.move(target, (policy.width, policy.width)) is None:
            failed[_region(cut, target)] = True
            continue
        program.give()
        levels = np.searchsorted(ends, program.gave, side="right")
        if len(shown):
            failed[shown[program.gave[levels == 0]]] = True
        for number, each in enumerate(ids[1:], start=1):
            if (levels == number).any():
                gave = cells[number - 1][program.gave[levels == number] - ends[number - 1]]
                row, code = np.divmod(gave, len(cut.codes))
                _hide_more(block, pattern, each, group, lumps.rows[row] * len(cut.codes) + code)
        failed[_region(cut, target)] |= not len(program.gave[levels == 0])
    return failed


def _hide_more(
    block: Block, pattern: Pattern, count_id: str, group: str, cells: NDArray[np.int64]
) -> None:
    """Hide cells of a count that was decided before, and what is below them."""
    pattern.hidden[count_id][group].ravel()[cells] = True
    for each, groups in pattern.hidden.items():
        for name, hidden in groups.items():
            hidden |= _hidden_above(block, block.counts[each], name, pattern)


def _bound(lumps: Lumps, count: Count, group: str, policy: DisclosurePolicy, wanted: Mask) -> int:
    """Give hidden numerators public bounds, but for those that some target has to leave.

    Comes back: the number of programs solved.
    """
    block, pattern = lumps.block, lumps.pattern
    cut, hidden = block.cuts[group], pattern.hidden[count.count_id][group]
    without = ~hidden
    if cut.codes[-1] == UNKNOWN:
        without[:, -1] = True
    pattern.unbounded[count.count_id, group] = without
    low, high = public_bands(block, count, group, policy, pattern)
    without |= np.isinf(high)
    if without.all() or not wanted.any():
        return 0
    people = cut.cells(count.by_area[group])
    room = np.where(without, 0, people - low), np.where(without, 0, high - people)
    task = _task(lumps, count, group, policy)
    levels = [replace(task.levels[0], room=room), *task.levels[1:]]
    costs = np.where(hidden, 1 + np.log1p(people), np.inf)
    free = without & hidden
    task = replace(task, levels=levels, costs=costs)
    _, programs = move_each(cut, task, wanted, policy.width, free)
    without |= free
    return programs


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


def _published_totals(lumps: Lumps, count_id: str, group: str) -> Matrix:
    """Return rows over areas and codes of a cut, one for each published total of its codes."""
    block, pattern, cut = lumps.block, lumps.pattern, lumps.block.cuts[group]
    rows = [sparse.csr_array((0, cut.member.shape[1] * len(cut.codes)))]
    for total, columns in _totals(block, group):
        above = block.cuts[total]
        regions = [above.regions.index(region) for region in cut.regions]
        shown = ~pattern.hidden[count_id][total][regions]
        each = np.diag(lumps.has_total[count_id])[lumps.has_total[count_id] & (total == ALL)]
        rows.append(sparse.csr_array(np.kron(each, np.ones((1, len(cut.codes))))))
        for code in sorted(set(columns)):
            adds = np.array([[float(column == code) for column in columns]])
            member = cut.member[np.flatnonzero(shown[:, code])]
            rows.append(sparse.csr_array(sparse.kron(member, sparse.csr_array(adds))))
    return sparse.csr_array(sparse.vstack(rows, format="csr"))


def _task(lumps: Lumps, count: Count, group: str, policy: DisclosurePolicy) -> Task:
    block, pattern = lumps.block, lumps.pattern
    cut = block.cuts[group]
    ids = [count.count_id, *block.ancestors[count.count_id]]
    levels = [
        Level(
            block.counts[each].by_area[group],
            pattern.hidden[each][group],
            _room(block, block.counts[each], group, policy, pattern, each == count.count_id),
            _published_totals(lumps, each, group),
            lumps.least[each],
            lumps.most[each],
        )
        for each in ids
    ]
    within = [
        (ids.index(part), ids.index(whole)) for part in ids for whole in block.counts[part].within
    ]
    # Where a whole is shown, who is left of it is as uncertain as the count.
    wholes = [ids.index(whole) for whole in _open_wholes(count, group, pattern)]
    return Task(cut.member, levels, within, _costs(block, group, count, policy), cut.rests, wholes)


def _room(
    block: Block,
    count: Count,
    group: str,
    policy: DisclosurePolicy,
    pattern: Pattern,
    is_first: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far numbers may move down and up within their public bounds.

    The first count of a program has none yet: what of it is shown may not move for nothing.
    """
    people = block.cuts[group].cells(count.by_area[group]).astype(np.float64)
    if is_first:
        return np.zeros(people.shape), np.zeros(people.shape)
    low, high = public_bands(block, count, group, policy, pattern)
    return np.subtract(people, low), np.subtract(high, people)


def _costs(block: Block, group: str, count: Count, policy: DisclosurePolicy) -> NDArray[np.float64]:
    """Return the cost of a changed person, by region and code: more where more people read it."""
    cut = block.cuts[group]
    weights = {STATEWIDE: policy.state_cost, "macroregion": policy.macroregion_cost}
    weights |= dict.fromkeys(("county", "microregion", "consortium"), policy.area_cost)
    by_region = np.array([weights.get(scheme, 1.0) for scheme in cut.schemes])
    of_total = policy.total_cost if cut.group == ALL else 1.0
    people = cut.cells(count.by_area[cut.group])
    last = block.shown_last
    was_shown = [
        [bool(last) and (count.count_id, group, region, code) in last for code in cut.codes]
        for region in cut.regions
    ]
    stable = np.where(was_shown, policy.stable_cost, 1.0)
    return (1 + np.log1p(people)) * by_region[:, None] * of_total * stable
