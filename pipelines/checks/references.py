"""Whether rows find what they refer to in other feeds.

Lives here: which feed refers to which, rates by period, thresholds. Does not: linkage of people
across agencies (`quality.linkage`); a key here is one that both feeds write alike.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.checks.base import Cell, Outcome
from schemas import FEEDS

# Below this many rows in a period one missing row is points of the rate.
LEAST_ROWS = 30


@dataclass(frozen=True)
class Reference:
    """Rows of one feed that should find a key in another.

    Attributes:
        child: Feed that refers.
        parent: Feed that is referred to.
        key: What is looked for, as SQL over the child's accepted columns.
        parent_key: The same over the parent's.
        within_period: Whether it must be found in the same period, or in any.
        warn_below: Share of a period's rows that find it, below which it is flagged.
        stop_below: Rate over all periods below which no release is made.
        only: Condition on the child's rows.
    """

    child: str
    parent: str
    key: str
    parent_key: str
    within_period: bool
    warn_below: float
    stop_below: float
    only: str = "true"

    @property
    def name(self) -> str:
        """What is looked for and where."""
        return f"{self.key} in {self.parent}"


# What K-12 districts report of a student is of a student they report; a student whose enrolment row
# is in quarantine is the exception, so the gate's own limit of 5 % is what may be missing.
_STUDENT = {"key": "source_person_key", "parent_key": "source_person_key", "within_period": True}
# The register of a state has everybody who reports; a new institution may be a year late in it.
_INSTITUTION = {"parent": "institution", "parent_key": "institution_id", "within_period": False}

REFERENCES = (
    Reference("k12_pathway", "k12_enrollment", **_STUDENT, warn_below=0.95, stop_below=0.75),
    Reference(
        "work_based_learning", "k12_enrollment", **_STUDENT, warn_below=0.95, stop_below=0.75
    ),
    Reference("k12_enrollment", key="school_id", **_INSTITUTION, warn_below=0.98, stop_below=0.9),
    Reference("k12_enrollment", key="district_id", **_INSTITUTION, warn_below=0.98, stop_below=0.9),
    *(
        Reference(child, key="institution_id", **_INSTITUTION, warn_below=0.98, stop_below=0.9)
        for child in (
            "dual_enrollment",
            "college_enrollment",
            "credential",
            "initiative_grant",
            "initiative_participation",
        )
    ),
    # Who finishes was enrolled, in this year's file or an earlier one. Certifying bodies enroll
    # nobody, and a college's first delivered years award to people enrolled before them.
    Reference(
        "credential",
        "college_enrollment",
        "source_person_key",
        "source_person_key",
        within_period=False,
        warn_below=0.8,
        stop_below=0.5,
        only="award_type_code not in ('IC', 'AJ')",
    ),
    Reference(
        "initiative_participation",
        "initiative_grant",
        "grant_id",
        "grant_id",
        within_period=False,
        warn_below=0.95,
        stop_below=0.75,
    ),
    Reference(
        "initiative_grant",
        "consortium_member",
        "consortium_id",
        "consortium_id",
        within_period=False,
        warn_below=0.95,
        stop_below=0.75,
        only="consortium_id is not null",
    ),
)


@dataclass(frozen=True)
class Found:
    """Rows of one period that refer to something, and how many of them find it."""

    reference: Reference
    period: str
    rows: int
    found: int

    @property
    def rate(self) -> float:
        """Share found, 0 to 1."""
        return self.found / self.rows if self.rows else 1.0


def of_child(name: str) -> list[Reference]:
    """Return the references of a feed."""
    return [reference for reference in REFERENCES if reference.child == name]


def parents(name: str) -> list[str]:
    """Return the feeds that a feed refers to."""
    return sorted({reference.parent for reference in of_child(name)})


def look_up(accepted: Path, reference: Reference) -> list[Found]:
    """Return how many rows of each period find what they refer to.

    A parent that nobody delivered finds nothing: that is what the check is for.
    """
    child, parent = (_relation(accepted, name) for name in (reference.child, reference.parent))
    if child is None:
        return []
    theirs = f"select distinct {reference.parent_key} as key, period from {parent}"
    query = f"""
        with child as (
            select {reference.key} as key, period from {child} where {reference.only}
        ),
        parent as ({theirs if parent else "select null as key, null as period where false"}),
        looked_up as (
            select
                child.period,
                exists (
                    select 1 from parent where parent.key = child.key
                    {"and parent.period = child.period" if reference.within_period else ""}
                ) as is_found
            from child where child.key is not null
        )
        select period, count(*), count(*) filter (where is_found)
        from looked_up group by period order by period
    """
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        return [Found(reference, *row) for row in connection.execute(query).fetchall()]


def _relation(accepted: Path, name: str) -> str | None:
    """Return a feed's accepted rows as SQL with their period, or None where there are none."""
    if not any((accepted / name).glob("period=*/*.parquet")):
        return None
    kind = FEEDS[name].period_kind.value
    path = f"{accepted / name}/period=*/*.parquet".replace("'", "''")
    return f"(select *, {kind} as period from read_parquet('{path}', hive_partitioning = false))"


def references_found(found: list[Found], may_lose: bool = False) -> Outcome:
    """Return the periods in which too few rows find it, the lowest rate first.

    A release stops when a reference fails over all periods together, unless the feed may lose rows
    in this refresh; one bad period is flagged.
    """
    findings: list[dict[str, Cell]] = []
    figures: dict[str, Cell] = {}
    stops = False
    for reference in dict.fromkeys(f.reference for f in found):
        mine = [f for f in found if f.reference == reference]
        whole = Found(reference, "all", sum(f.rows for f in mine), sum(f.found for f in mine))
        figures[reference.name] = round(whole.rate, 4)
        if whole.rows >= LEAST_ROWS and whole.rate < reference.stop_below:
            stops = not may_lose
            findings.append(_finding(whole, reference.stop_below))
        findings += [
            _finding(f, reference.warn_below)
            for f in mine
            if f.rows >= LEAST_ROWS and f.rate < reference.warn_below
        ]
    findings.sort(key=lambda finding: (finding["period"] != "all", float(finding["rate"] or 0)))
    said = (
        f"{len(findings)} times too few are found"
        if findings
        else "; ".join(f"{rate:.1%} of {name}" for name, rate in figures.items())
        or "nothing was delivered that refers to another feed"
    )
    return Outcome(said, findings, stops=stops, figures=figures)


def _finding(found: Found, bound: float) -> dict[str, Cell]:
    return {
        "looked_for": found.reference.name,
        "period": found.period,
        "rows": found.rows,
        "found": found.found,
        "rate": round(found.rate, 4),
        "bound": bound,
    }
