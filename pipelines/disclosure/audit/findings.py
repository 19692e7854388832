"""What the attacker finds in a public folder.

Lives here: which bounds give somebody away, and the report. Does not: the bounds (`bounds`).
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipelines.disclosure.audit.bounds import Bound, System, bounds
from pipelines.disclosure.audit.read import Cell, PublicBlock, PublicCount, read

SEED = 20240701
MINUS = " without "


@dataclass(frozen=True)
class Finding:
    """A number of people that can be worked out too closely.

    Attributes:
        block: Cohort and year.
        count_id: Which count.
        cell: Group, region and code; of a rest, the outer region without the inner.
        low: The least it can be.
        high: The greatest it can be.
        kind: recovered, narrowed, unproven, rest or contradiction.
    """

    block: tuple[str, str]
    count_id: str
    cell: Cell
    low: float
    high: float
    kind: str


@dataclass
class Report:
    """What an audit did and found."""

    cells: int = 0
    programs: int = 0
    least_width: float | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(self, other: "Report") -> None:
        """Take in what another report has."""
        self.cells += other.cells
        self.programs += other.programs
        self.findings += other.findings
        widths = [w for w in (self.least_width, other.least_width) if w is not None]
        self.least_width = min(widths, default=None)

    def as_record(self) -> dict[str, object]:
        """Return the report as it is written into a certificate."""
        kinds = ("recovered", "narrowed", "unproven", "rest", "contradiction")
        return {
            "cells": self.cells,
            "programs": self.programs,
            "least_width": self.least_width,
            **{kind: sum(f.kind == kind for f in self.findings) for kind in kinds},
            "findings": [asdict(finding) for finding in self.findings],
        }


def audit(folder: Path, least: int, width: int, processes: int = 1) -> Report:
    """Return what can be worked out from a public folder.

    Args:
        folder: With `parquet/`.
        least: People; fewer are a secret.
        width: People between the bounds of a secret, at least.
        processes: Blocks that are tried at the same time.
    """
    report = Report()
    blocks = list(read(folder))
    if processes == 1:
        results = [audit_block(block, least, width) for block in blocks]
    else:
        with ProcessPoolExecutor(processes) as pool:
            jobs = [pool.submit(audit_block, block, least, width) for block in blocks]
            results = [job.result() for job in jobs]
    for result in results:
        report.add(result)
    return report


def audit_block(block: PublicBlock, least: int, width: int) -> Report:
    """Return what can be worked out of a cohort and year."""
    report = Report()
    for count in block.counts.values():
        report.add(_audit_count(block, count, least, width))
    return report


def _ancestors(block: PublicBlock, count: PublicCount) -> list[PublicCount]:
    found = dict[str, PublicCount]()
    ahead = [count]
    while ahead:
        for whole in sorted(ahead.pop().within):
            if whole not in found:
                found[whole] = block.counts[whole]
                ahead.append(block.counts[whole])
    return list(found.values())


def _audit_count(block: PublicBlock, count: PublicCount, least: int, width: int) -> Report:
    stack = [count, *_ancestors(block, count)]
    for complete in (True, False):
        system = System(block, stack, complete)
        targets = dict(_targets(system, block, count))
        known = bounds(system, targets.values(), width, SEED)
        if system.is_feasible:
            break
    by_name = dict(zip(targets, known, strict=True)) | _known_rests(block, count)
    report = Report(len(by_name), system.programs)
    if not system.is_feasible:
        report.findings.append(_finding(block, count, ("", "", ""), Bound(), "contradiction"))
    for (what, cell), bound in by_name.items():
        of = by_name.get(("whole", cell)) or _denominator(block, count, cell)
        if system.is_feasible and _is_secret(what, bound, of, least):
            report.add(Report(least_width=bound.width))
            if bound.width < width - 1e-6:
                kind = "rest" if what == "rest" else "narrowed"
                kind = "recovered" if bound.width < 1e-6 and what != "rest" else kind
                report.findings.append(_finding(block, count, cell, bound, kind))
            elif not bound.is_proven:
                report.findings.append(_finding(block, count, cell, bound, "unproven"))
    return report


def _finding(block: PublicBlock, count: PublicCount, cell: Cell, at: Bound, kind: str) -> Finding:
    return Finding(block.name, count.count_id, cell, at.low, at.high, kind)


def _denominator(block: PublicBlock, count: PublicCount, cell: Cell) -> Bound | None:
    """Return the denominator of a cell, or of a rest, as a bound; None where it is hidden."""
    if count.of is None:
        return None
    return _shown(block.counts[count.of], cell)


def _shown(count: PublicCount, cell: Cell) -> Bound | None:
    """Return a published number, or the difference of two, as a bound; None where it is hidden."""
    group, regions, code = cell
    cells = [(group, region, code) for region in regions.split(MINUS)]
    if any(cell in count.hidden for cell in cells):
        return None
    outer, *inner = (float(count.shown.get(cell, 0)) for cell in cells)
    return Bound(outer - sum(inner), outer - sum(inner), True)


def _known_rests(block: PublicBlock, count: PublicCount) -> dict[tuple[str, Cell], Bound]:
    """Return the rests of nested regions that are published both."""
    rests = {cell: _shown(count, cell) for cell in _rests(block)}
    return {("rest", cell): bound for cell, bound in rests.items() if bound is not None}


def _rests(block: PublicBlock) -> Iterator[Cell]:
    """Yield what is left of a region without one directly within it."""
    for group, outer, inner in _nested(block):
        for code in block.codes[group]:
            yield group, f"{outer}{MINUS}{inner}", code


def _is_secret(what: str, bound: Bound, of: Bound | None, least: int) -> bool:
    """Return whether a bound touches a number that must not be known."""
    if what == "whole":
        return False
    in_small = bound.low < least - 0.5 and bound.high > 0.5
    if of is None or of.low < least - 0.5:
        return in_small
    return bound.low < least - 0.5 or of.high - bound.high < least - 0.5


def _targets(
    system: System, block: PublicBlock, count: PublicCount
) -> Iterator[tuple[tuple[str, Cell], dict[int, float]]]:
    """Yield what an attacker asks for, as sums of unknowns."""
    whole = block.counts[count.of] if count.of is not None else None
    for cell in sorted(count.hidden):
        yield ("cell", cell), system.of_cell(count.count_id, cell)
        if whole is not None and cell in whole.hidden:
            of = system.of_cell(whole.count_id, cell)
            yield ("whole", cell), of
            minus = {k: -v for k, v in system.of_cell(count.count_id, cell).items()}
            yield ("complement", cell), of | minus
    for cell in _rests(block):
        if _shown(count, cell) is None:
            group, regions, code = cell
            outer, inner = (
                system.of_cell(count.count_id, (group, region, code))
                for region in regions.split(MINUS)
            )
            yield ("rest", cell), {k: v for k, v in outer.items() if k not in inner}


def _nested(block: PublicBlock) -> Iterator[tuple[str, str, str]]:
    """Yield regions of a group, the second directly within the first."""
    for group, regions in block.regions.items():
        places = {
            r: frozenset(p for p, of in block.places.items() if r in of) for r in sorted(regions)
        }
        for inner, few in places.items():
            around = [r for r, many in places.items() if few < many]
            for outer in around:
                if few and not any(places[r] < places[outer] for r in around):
                    yield group, outer, inner

