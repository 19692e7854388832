"""Whether rows have the rows of other feeds that they refer to.

Lives here: rates by period of the references that contracts declare. Does not: linkage of people
across agencies (`quality.linkage`); a key here is one that both feeds write alike.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.checks.base import CheckInputs, CheckResult, Value, check
from schemas import FEEDS, Feed
from schemas.contract import Reference
from schemas.policy import POLICY


@dataclass(frozen=True)
class MatchCount:
    """Rows of one period that refer to something, and how many of them have a parent."""

    reference: Reference
    period: str
    rows: int
    matched: int

    @property
    def rate(self) -> float:
        """Share with a parent, 0 to 1."""
        return self.matched / self.rows if self.rows else 1.0

    def is_below(self, bound: float) -> bool:
        """Return whether there are enough rows to judge and too few of them have a parent."""
        return self.rows >= POLICY.least_rows_of_reference and self.rate < bound


@check(
    may_stop=True,
    to_do="Look for the feed's file that is late or was refused; then for ids written differently.",
    applies_to=lambda feed: bool(feed.references),
    reads=lambda feed: sorted({reference.parent for reference in feed.references}),
)
def references_found(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """Rows find what they refer to in other feeds.

    A release stops when a reference fails over all periods together; one bad period warns. Rows
    whose institution is in no registry are in no region's result, and pathway rows of a student
    nobody enrolled count in no rate. A leading zero that a spreadsheet drops is the usual reason.
    """
    accepted = inputs.settings.accepted
    counts = [one for r in feed.references for one in match_counts(accepted, feed, r)]
    return judge(counts, may_lose=inputs.may_lose(feed))


def match_counts(accepted: Path, feed: Feed, reference: Reference) -> list[MatchCount]:
    """Return how many rows of each period of a feed have the parent they refer to.

    Without any accepted row of the parent none has: that is what the check is for.
    """
    child, parent = _relation(accepted, feed), _relation(accepted, FEEDS[reference.parent])
    if child is None:
        return []
    parents = (
        f"select distinct {reference.parent_key or reference.key} as key, period from {parent}"
    )
    query = f"""
        with child as (
            select {reference.key} as key, period from {child} where {reference.only}
        ),
        parent as ({parents if parent else "select null as key, null as period where false"}),
        matched as (
            select
                child.period,
                exists (
                    select 1 from parent where parent.key = child.key
                    {"and parent.period = child.period" if reference.within_period else ""}
                ) as has_parent
            from child where child.key is not null
        )
        select period, count(*), count(*) filter (where has_parent)
        from matched group by period order by period
    """
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        return [MatchCount(reference, *row) for row in connection.execute(query).fetchall()]


def _relation(accepted: Path, feed: Feed) -> str | None:
    """Return a feed's accepted rows as SQL with their period, or None where there are none."""
    if not any((accepted / feed.name).glob("period=*.parquet")):
        return None
    # With the empty file of the schema: files of periods that are closed may lack a column.
    path = f"{accepted / feed.name}/*.parquet".replace("'", "''")
    kind = feed.period_kind.value
    rows = f"read_parquet('{path}', union_by_name = true, hive_partitioning = false)"
    return f"(select *, {kind} as period from {rows})"


def judge(counts: list[MatchCount], may_lose: bool = False) -> CheckResult:
    """Return the periods in which too few rows have their parent, the lowest rate first."""
    findings: list[dict[str, Value]] = []
    rates: dict[str, Value] = {}
    stops = False
    for reference in dict.fromkeys(one.reference for one in counts):
        mine = [one for one in counts if one.reference == reference]
        rows, matched = sum(one.rows for one in mine), sum(one.matched for one in mine)
        whole = MatchCount(reference, "all", rows, matched)
        rates[reference.name] = round(whole.rate, 4)
        if whole.is_below(reference.stop_below):
            stops = not may_lose
            findings.append(_finding(whole, reference.stop_below))
        findings += [
            _finding(one, reference.warn_below)
            for one in mine
            if one.is_below(reference.warn_below)
        ]
    findings.sort(key=lambda finding: (finding["period"] != "all", float(finding["rate"] or 0)))
    summary = (
        f"{len(findings)} times too few rows have their parent"
        if findings
        else "; ".join(f"{rate:.1%} of {name}" for name, rate in rates.items())
        or "nothing was delivered that refers to another feed"
    )
    return CheckResult(summary, findings, stops=stops, metrics=rates)


def _finding(count: MatchCount, bound: float) -> dict[str, Value]:
    return {
        "reference": count.reference.name,
        "period": count.period,
        "rows": count.rows,
        "matched": count.matched,
        "rate": round(count.rate, 4),
        "bound": bound,
    }
