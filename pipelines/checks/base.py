"""What every check is and what it comes to.

Lives here: the register of checks, with what each means and what to do. Does not: any judgement
(the modules beside), any Dagster.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

# Findings that a check shows; the count is of all.
SHOWN = 40

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Check:
    """A check as its reader meets it; `docs/checks.md` has a heading of its name.

    Attributes:
        name: Name of the check, and of its heading.
        means: What it looks at, in one sentence.
        to_do: What to do when it fails, in one sentence.
        may_stop: Whether it can stop a release; otherwise it only warns.
    """

    name: str
    means: str
    to_do: str
    may_stop: bool

    @property
    def docs(self) -> str:
        """Where its heading is, from the project's folder."""
        return f"docs/checks.md#{self.name}"


@dataclass(frozen=True)
class Outcome:
    """What a check found: counts, rates, rule names and names of files, and never a row.

    Attributes:
        said: What was found, in one sentence.
        findings: What is wrong, one record each; none when the check passed.
        stops: Whether a release must wait.
        figures: Numbers of interest, whether or not it passed.
    """

    said: str
    findings: Sequence[dict[str, Cell]] = ()
    stops: bool = False
    figures: dict[str, Cell] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def shown(self) -> list[dict[str, Cell]]:
        """The first findings; the most telling come first."""
        return list(self.findings[:SHOWN])


ROW_FLOOR = Check(
    "row_floor",
    "Each period has at least as many accepted rows as the feed can't do without.",
    "Get the whole file, land it and refresh.",
    may_stop=True,
)
ROWS_BY_SUBMITTER = Check(
    "rows_by_submitter",
    "No submitter's new delivery has fewer than half of the rows of their last one.",
    "Ask the submitter whether the file is whole; if it is, allow the loss for one refresh.",
    may_stop=True,
)
DELIVERED_ON_TIME = Check(
    "delivered_on_time",
    "Every submitter of the period before has delivered the last period that is due.",
    "Remind the submitters it lists.",
    may_stop=False,
)
COLUMN_DRIFT = Check(
    "column_drift",
    "New deliveries have their key columns distributed as in the current release.",
    "Ask what changed: a code set, a system, a rule of reporting, or the people.",
    may_stop=False,
)
NULL_SHARE = Check(
    "null_share",
    "New deliveries leave key columns empty about as often as in the current release.",
    "Ask the submitter why the column is empty, and for a corrected file.",
    may_stop=False,
)
REFERENCES_FOUND = Check(
    "references_found",
    "Rows find what they refer to in other feeds.",
    "Look for the feed's file that is late or was refused; then for ids written differently.",
    may_stop=True,
)
METRIC_MOVEMENT = Check(
    "metric_movement",
    "No published metric moves beyond the band of its own history between releases.",
    "Find which delivery or change of code moved it; if it is right, allow it for one refresh.",
    may_stop=True,
)
LINKAGE_MOVEMENT = Check(
    "linkage_movement",
    "No feed's people are found in another feed less often than in the current release.",
    "Look at the identifiers of the newest deliveries of both feeds.",
    may_stop=True,
)

CHECKS = {
    check.name: check
    for check in (
        ROW_FLOOR,
        ROWS_BY_SUBMITTER,
        DELIVERED_ON_TIME,
        COLUMN_DRIFT,
        NULL_SHARE,
        REFERENCES_FOUND,
        METRIC_MOVEMENT,
        LINKAGE_MOVEMENT,
    )
}
