"""What an audit did and found.

Lives here: findings and their kinds, and the report. Does not: which bounds are findings
(`findings`).
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines.disclosure.audit.read import BlockName, Cell

KINDS = (
    "recovered", "narrowed", "unproven", "rest", "change", "amount", "derived",
    "below_hidden", "contradiction",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A number of people that can be worked out too closely.

    Attributes:
        block: Cohort, year and attribution.
        count_id: Which count.
        cell: Group, region and code; of a rest, the outer region without the inner.
        what: cell, complement, rest, or whole for the cell of the count that it is within.
        low: The least it can be.
        high: The greatest it can be.
        kind: recovered, narrowed, unproven, rest, change, amount, derived,
            below_hidden or contradiction.
    """

    block: BlockName
    count_id: str
    cell: Cell
    what: str
    low: float
    high: float
    kind: str


@dataclass
class Report:
    """What an audit did and found.

    Attributes:
        cells: Numbers that were tried.
        programs: Linear programs solved.
        least_width: The narrowest interval of a secret, as far as was asked.
        findings: What can be worked out.
        blocks: The report of each block.
        counts: Of a block the report of each count, and the hash of what it was made of.
    """

    cells: int = 0
    programs: int = 0
    least_width: float | None = None
    findings: list[Finding] = field(default_factory=list)
    blocks: dict[BlockName, "Report"] = field(default_factory=dict)
    counts: dict[str, tuple[str, "Report"]] = field(default_factory=dict)

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

    def as_record(self) -> dict[str, Any]:
        """Return the report as it is written into a certificate."""
        return {
            "cells": self.cells,
            "programs": self.programs,
            "least_width": self.least_width,
            **{kind: sum(f.kind == kind for f in self.findings) for kind in KINDS},
            "findings": [asdict(finding) for finding in self.findings],
        }
