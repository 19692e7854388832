"""What the attacker finds in a public folder.

Lives here: which bounds give somebody away, and the report. Does not: the bounds (`bounds`).
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from pipelines.disclosure.audit.amounts import unsupported_amounts
from pipelines.disclosure.audit.bounds import EXACT, System
from pipelines.disclosure.audit.derived import underived
from pipelines.disclosure.audit.initiatives import narrow_numbers
from pipelines.disclosure.audit.read import (
    ALL,
    CROSSED,
    BlockName,
    Cell,
    PublicBlock,
    PublicCount,
    read,
)
from pipelines.disclosure.audit.report import Finding, Report
from pipelines.disclosure.audit.search import Bound, bounds, secrets

SEED = 20240701
MINUS = " without "  # between the two regions of a rest
LEFT = "left of "


def audit(
    folder: Path,
    least: int,
    width: int,
    processes: int = 1,
    only: Collection[BlockName] | None = None,
    before: Path | None = None,
    also: Collection[str] = (),
    earnings_least: int = 30,
    done: Mapping[BlockName, Report] | None = None,
) -> Report:
    """Return what can be worked out from a public folder.

    Args:
        folder: With `parquet/`.
        least: People; fewer are a secret.
        width: People between the bounds of a secret, at least.
        processes: Blocks that are tried at the same time.
        only: Blocks to try; by default all.
        before: An earlier public folder; what changed since then is a number of people, too.
        also: Region schemes that are attacked though they are not published.
        earnings_least: People behind an amount, at least.
        done: Reports of blocks: counts of which all is as it was are not tried again.
    """
    report = Report()
    old = {block.name: block for block in read(before, only, also)} if before else {}
    tried = (
        (block, old[block.name] if is_changed(block, old.get(block.name)) else None)
        for block in read(folder, only, also)
    )
    report.blocks = _audit_blocks(tried, least, width, processes, done or {})
    for of_block in report.blocks.values():
        report.add(of_block)
    for year, what, *initiatives, low, high in narrow_numbers(folder, least, width):
        block, cell = ("initiatives", year, ""), ("", *initiatives)
        report.findings.append(Finding(block, what, cell, "cell", low, high, "narrowed"))
    for table, metric, year, attribution, *at in underived(folder):
        cell = (at[0], at[1], at[2])
        finding = Finding((table, year, attribution), metric, cell, "cell", 0, 0, "derived")
        report.findings.append(finding)
    for row in unsupported_amounts(folder, earnings_least):
        cohort, year, attribution, metric, group, region, code, people = row
        block, cell, at = (cohort, year, attribution), (group, region, code), float(people or 0)
        report.findings.append(Finding(block, metric, cell, "amount", at, at, "amount"))
    return report


def _audit_blocks(
    tried: Iterable[tuple[PublicBlock, PublicBlock | None]],
    least: int,
    width: int,
    processes: int,
    done: Mapping[BlockName, Report],
) -> dict[BlockName, Report]:
    if processes == 1:
        return {of.name: audit_block(of, least, width, was, done.get(of.name)) for of, was in tried}
    with ProcessPoolExecutor(processes, get_context("forkserver")) as pool:
        jobs = {
            of.name: pool.submit(audit_block, of, least, width, was, done.get(of.name))
            for of, was in tried
        }
        return {name: job.result() for name, job in jobs.items()}


def is_changed(block: PublicBlock, before: PublicBlock | None) -> bool:
    """Return whether a block has other numbers than it had before."""
    return before is not None and any(
        (count.shown, count.hidden) != (was.shown, was.hidden)
        for name, count in block.counts.items()
        if (was := before.counts.get(name))
    )


def audit_block(
    block: PublicBlock,
    least: int,
    width: int,
    before: PublicBlock | None = None,
    done: Report | None = None,
) -> Report:
    """Return what can be worked out of a cohort and year, and of what changed in it."""
    report = Report()
    for count in block.counts.values():
        was = before.counts.get(count.count_id) if before else None
        key = _fingerprint(count, *_ancestors(block, count))
        known, of_count = done.counts.get(count.count_id, ("", None)) if done else ("", None)
        if known != key or of_count is None:
            of_count = _audit_count(block, count, least, width, was)
        report.counts[count.count_id] = (key, of_count)
        report.add(of_count)
    return report


def _fingerprint(*counts: PublicCount) -> str:
    """Return a hash of all that is published of some counts."""
    digest = hashlib.sha256()
    for of in counts:
        parts = (of.shown.items(), of.hidden, of.unasked, of.bounds.items(), of.uncovered)
        digest.update(repr([of.count_id, *map(sorted, parts)]).encode())
    return digest.hexdigest()


def _ancestors(block: PublicBlock, count: PublicCount) -> list[PublicCount]:
    above = dict[str, PublicCount]()
    ahead = [count]
    while ahead:
        for whole in sorted(ahead.pop().within):
            if whole not in above:
                above[whole] = block.counts[whole]
                ahead.append(block.counts[whole])
    return list(above.values())


Name = tuple[str, Cell]  # cell, complement, rest, whole or rest of; where


def _audit_count(
    block: PublicBlock,
    count: PublicCount,
    least: int,
    width: int,
    was: PublicCount | None,
) -> Report:
    whole = block.counts[count.of] if count.of is not None else None
    known = _known(block, count)
    as_whole = {"cell": "whole", "rest": "rest of"}
    of_whole = _known(block, whole) if whole is not None else {}
    of_known = {(as_whole[what], cell): bound for (what, cell), bound in of_whole.items()}
    known |= _known_left(block, count)
    report = Report(len(known))
    _judge(report, block, count, known, of_known, least, width)
    _judge_changes(report, block, count, known, was, least, width)
    _judge_below(report, block, count)
    system = System(block, [count, *_ancestors(block, count)])
    names, rows = _targets(system, block, count)
    if not names:
        return report
    # Where the whole is known, its difference from the count tells no more than the count.
    plain = [what in ("cell", "rest") or what.startswith(LEFT) for what, _ in names]
    open_ = [what != "rest of" and ("whole", cell) not in of_known for what, cell in names]
    wanted = np.array(plain) | np.array(open_)
    # Who came or went may be a secret of a large number, too.
    secret = secrets(names, of_known, count.of is not None, least) if was is None else None
    ends, search = bounds(system, rows, wanted, width, SEED, secret)
    limits = dict(zip(names, ends, strict=True))
    report.cells += int(wanted.sum())
    report.programs = search.programs
    if search.is_feasible:
        asked = {name: limits[name] for name, want in zip(names, wanted, strict=True) if want}
        _judge(report, block, count, asked, limits, least, width)
        _judge_changes(report, block, count, asked, was, least, width)
        for number in search.unproven(np.flatnonzero(wanted)):
            what, cell = names[number]
            at = (float(search.low[number]), float(search.high[number]))
            report.findings.append(Finding(block.name, count.count_id, cell, what, *at, "unproven"))
    else:
        at = ("", "", "")
        report.findings.append(Finding(block.name, count.count_id, at, "", 0, 0, "contradiction"))
    return report


def _judge(
    report: Report,
    block: PublicBlock,
    count: PublicCount,
    known: dict[Name, Bound],
    of_known: dict[Name, Bound],
    least: int,
    width: int,
) -> None:
    """Add the secrets among some bounds to a report, given the bounds of their denominators."""
    for (what, cell), bound in known.items():
        of = of_known.get(("rest of" if what == "rest" else "whole", cell))
        if _is_secret(what, bound, of, count.of is not None, least):
            report.add(Report(least_width=min(bound.width, width)))
            if bound.width < width - EXACT:
                kind = "recovered" if bound.width < EXACT else "narrowed"
                kind = "rest" if what == "rest" else kind
                at = (float(bound.low), float(bound.high))
                report.findings.append(Finding(block.name, count.count_id, cell, what, *at, kind))


def _judge_changes(
    report: Report,
    block: PublicBlock,
    count: PublicCount,
    known: dict[Name, Bound],
    was: PublicCount | None,
    least: int,
    width: int,
) -> None:
    """Add cells to a report in which few people came or went since an earlier publication."""
    if was is None:
        return
    for (what, cell), bound in known.items():
        if what != "cell" or cell in was.hidden or bound.width >= width - EXACT:
            continue
        before = was.shown.get(cell, 0)
        low, high = bound.low - before, bound.high - before
        if high > 0.5 - least and low < least - 0.5 and max(abs(low), abs(high)) > 0.5:
            at = (float(low), float(high))
            report.findings.append(Finding(block.name, count.count_id, cell, what, *at, "change"))


def _judge_below(report: Report, block: PublicBlock, count: PublicCount) -> None:
    """Add shown cells to a report whose denominator is hidden, or a total that they are part of."""
    for cell, people in count.shown.items():
        group, region, code = cell
        above = [(ALL, region, ALL)] if group != ALL and group not in CROSSED else []
        for total, part in zip(CROSSED.get(group, ()), code.split("-"), strict=False):
            above.append((total, region, part))
        if cell in count.uncovered or not count.hidden.isdisjoint(above):
            at = float(people)
            finding = Finding(block.name, count.count_id, cell, "cell", at, at, "below_hidden")
            report.findings.append(finding)


def _known(block: PublicBlock, count: PublicCount) -> dict[Name, Bound]:
    """Return what is published of a count, and the rests of regions that follow at once."""
    known = dict[Name, Bound]()
    for group, cut in block.cuts.items():
        for code in cut.codes:
            people = {
                region: count.shown.get((group, region, code), 0)
                for region in cut.regions
                if (group, region, code) not in count.hidden
            }
            for region, n in people.items():
                known["cell", (group, region, code)] = Bound(n, n)
            for outer, inner in ((cut.regions[a], cut.regions[b]) for a, b in cut.rests):
                if outer in people and inner in people:
                    n = people[outer] - people[inner]
                    cell = (group, f"{outer}{MINUS}{inner}", code)
                    known["rest", cell] = Bound(n, n)
    return known


def _known_left(block: PublicBlock, count: PublicCount) -> dict[Name, Bound]:
    """Return who is left of the counts that a count is within, where both are published."""
    return {
        (LEFT + whole.count_id, cell): Bound(n := whole.shown.get(cell, 0) - people, n)
        for whole in _other_wholes(block, count)
        for cell, people in count.shown.items()
        if cell not in whole.hidden
    }


def _other_wholes(block: PublicBlock, count: PublicCount) -> list[PublicCount]:
    """Return counts that a count is within, but for its denominator."""
    return [block.counts[whole] for whole in sorted(count.within - {count.of})]


def _is_secret(what: str, bound: Bound, of: Bound | None, is_numerator: bool, least: int) -> bool:
    """Return whether a bound touches a number that must not be known."""
    in_small = bound.low < least - 0.5 and bound.high > 0.5
    if not is_numerator or what in ("whole", "rest of") or what.startswith(LEFT) or of is None:
        return in_small and what != "rest of"
    if of.high < 0.5:
        return False
    if of.low < least - 0.5:
        return in_small
    return bound.low < least - 0.5 or of.high - bound.high < least - 0.5


def _targets(system: System, block: PublicBlock, count: PublicCount) -> tuple[list[Name], Any]:
    """Return what an attacker asks for, by name, as sums of unknowns."""
    names, rows = list[Name](), list[Any]()
    for name, row in _asked(system, block, count):
        names += name
        rows.append(row)
    return names, sparse.csr_array(sparse.vstack(rows, format="csr")) if names else None


def _asked(
    system: System, block: PublicBlock, count: PublicCount
) -> Iterator[tuple[list[Name], Any]]:
    for group, cut in block.cuts.items():
        listed = [(group, region, code) for region in cut.regions for code in cut.codes]
        is_asked = np.array([cell not in count.unasked for cell in listed])
        is_hidden = np.array([cell in count.hidden for cell in listed]) & is_asked
        hidden = np.flatnonzero(is_hidden)
        named = [listed[n] for n in hidden]
        cells = system.cells(count.count_id, group)
        of = system.cells(count.of, group) if count.of is not None else None
        yield [("cell", cell) for cell in named], cells[hidden]
        for whole in _other_wholes(block, count):
            either = [
                n
                for n, cell in enumerate(listed)
                if is_asked[n] and (is_hidden[n] or cell in whole.hidden)
            ]
            left = system.cells(whole.count_id, group)[either] - cells[either]
            yield [(LEFT + whole.count_id, listed[n]) for n in either], left
        codes = len(cut.codes)
        rests = [
            (outer * codes + code, inner * codes + code)
            for outer, inner in cut.rests
            for code in range(codes)
            if is_asked[[outer * codes + code, inner * codes + code]].all()
            and is_hidden[[outer * codes + code, inner * codes + code]].any()
        ]
        pairs = np.array(rests, dtype=int).reshape(-1, 2)
        names = [(group, f"{listed[a][1]}{MINUS}{listed[b][1]}", listed[a][2]) for a, b in rests]
        yield [("rest", cell) for cell in names], cells[pairs[:, 0]] - cells[pairs[:, 1]]
        if of is not None:
            yield [("whole", cell) for cell in named], of[hidden]
            yield [("complement", cell) for cell in named], (of - cells)[hidden]
            yield [("rest of", cell) for cell in names], of[pairs[:, 0]] - of[pairs[:, 1]]
