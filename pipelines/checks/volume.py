"""Whether enough rows came, and in time: judged from the ledger alone.

Lives here: row floors, drops against the last delivery, deliveries that are due.
Does not: reading any row.
"""

from datetime import date, timedelta

import polars as pl

from pipelines.checks.base import Outcome
from schemas import Feed
from schemas.periods import period_end, periods_between

# One file tells of the whole state; below this it is a fragment. All others: at least a row.
STATEWIDE_FLOOR = 10
STATEWIDE = frozenset(
    {"institution", "wage", "consortium_member", "initiative_grant", "labor_demand"}
)

# Rows a submitter must have had before a drop below half says anything: of 20 rows, half is ten
# students who moved.
LEAST_ROWS_TO_DROP_FROM = 50
LEAST_SHARE_KEPT = 0.5

# Days after the end of a period by which its deliveries are due. Base wage files are complete about
# two quarters later; districts certify their year in autumn; colleges report after their spring.
DUE_AFTER_DAYS = {
    "wage": 185,
    "k12_enrollment": 120,
    "k12_pathway": 120,
    "work_based_learning": 120,
    "labor_demand": 365,
}
DUE_AFTER_DAYS_OTHERWISE = 180

_KEY = ("period", "submitter")


def row_floor(feed: Feed, records: pl.DataFrame, may_lose: bool) -> Outcome:
    """Return whether each period in force has at least the feed's floor of accepted rows.

    Args:
        feed: The feed.
        records: The ledger, as `pipelines.intake.ledger.deliveries` gives it.
        may_lose: Whether the feed may lose rows in this refresh: then it is told and stops nothing.
    """
    floor = STATEWIDE_FLOOR if feed.name in STATEWIDE else 1
    rows = _in_force(feed, records).group_by("period").agg(pl.col("accepted_rows").sum())
    low = rows.filter(pl.col("accepted_rows") < floor).sort("period")
    findings = [{**row, "floor": floor} for row in low.to_dicts()]
    said = (
        f"{len(findings)} of {rows.height} periods have fewer than {floor} accepted rows"
        if findings
        else f"all {rows.height} periods have at least {floor} accepted row(s)"
    )
    return Outcome(said, findings, stops=bool(findings) and not may_lose)


def rows_by_submitter(
    feed: Feed,
    records: pl.DataFrame,
    released: frozenset[tuple[str, str]],
    may_lose: bool,
) -> Outcome:
    """Return which new deliveries have fewer than half of the rows of their submitter's last one.

    A delivery is held against the one it took the place of, or else against the one for the last
    earlier period. Only a replacement stops a release: it takes away rows that were counted, while
    a submitter can have become smaller from one year to the next.

    Args:
        feed: The feed.
        records: The ledger.
        released: ``period, delivery_sha256`` of the deliveries in the current release; these are
            not judged again.
        may_lose: Whether the feed may lose rows in this refresh.
    """
    mine = records.filter((pl.col("feed") == feed.name) & (pl.col("status") == "accepted"))
    in_force = mine.filter("in_force").sort(_KEY)
    replaced = (
        mine.filter(~pl.col("in_force"))
        .sort("received_at")
        .group_by(_KEY)
        .agg(pl.col("accepted_rows").last().alias("replaced_rows"))
    )
    held = in_force.with_columns(
        pl.col("accepted_rows").shift(1).over("submitter", order_by="period").alias("earlier_rows"),
        pl.col("period").shift(1).over("submitter", order_by="period").alias("earlier_period"),
    ).join(replaced, on=_KEY, how="left")
    known = pl.struct("period", "delivery_sha256").is_in(
        [{"period": period, "delivery_sha256": sha} for period, sha in released]
    )
    new = held.filter(~known) if released else held
    against = pl.coalesce("replaced_rows", "earlier_rows")
    low = new.filter(
        (against >= LEAST_ROWS_TO_DROP_FROM)
        & (pl.col("accepted_rows") < LEAST_SHARE_KEPT * against)
    ).select(
        *_KEY,
        "accepted_rows",
        against.alias("rows_before"),
        pl.when(pl.col("replaced_rows").is_not_null())
        .then(pl.lit("the delivery it replaces"))
        .otherwise(pl.format("the delivery for {}", "earlier_period"))
        .alias("held_against"),
        pl.col("replaced_rows").is_not_null().alias("is_replacement"),
    )
    # Replacements first: they are what stops.
    findings = low.sort("is_replacement", "rows_before", descending=True).to_dicts()
    said = (
        f"{len(findings)} of {new.height} new deliveries have fewer than half of the rows of the "
        "one before"
        if findings
        else f"{new.height} new deliveries, none below half of the one before"
    )
    stops = any(finding["is_replacement"] for finding in findings) and not may_lose
    return Outcome(said, findings, stops=stops)


def delivered_on_time(feed: Feed, records: pl.DataFrame, today: date) -> Outcome:
    """Return which submitters have not delivered the last period that is due.

    Expected are those with a delivery in force for the period before; a feed that nobody ever
    delivered is not late.
    """
    due = last_due(feed, today)
    in_force = _in_force(feed, records)
    if due is None or in_force.is_empty():
        return Outcome("nothing was ever delivered, so nothing is late")
    before = in_force.filter(pl.col("period") < due)
    last = before["period"].max()
    expected = set(before.filter(pl.col("period") == last)["submitter"])
    missing = sorted(expected - set(in_force.filter(pl.col("period") == due)["submitter"]))
    findings = [
        {"period_due": due, "submitter": name, "last_period_of_feed": str(last)} for name in missing
    ]
    said = (
        f"{len(missing)} of {len(expected)} submitters have not delivered {due}"
        if missing
        else f"{due}, the last period that is due, is here"
    )
    return Outcome(said, findings, figures={"last_due_period": due})


def last_due(feed: Feed, today: date) -> str | None:
    """Return the last period whose deliveries are due on a day."""
    after = timedelta(days=DUE_AFTER_DAYS.get(feed.name, DUE_AFTER_DAYS_OTHERWISE))
    first = date(today.year - 4, 1, 1)
    ended = [
        period
        for period in periods_between(first, today, feed.period_kind)
        if period_end(period, feed.period_kind) + after <= today
    ]
    return ended[-1] if ended else None


def _in_force(feed: Feed, records: pl.DataFrame) -> pl.DataFrame:
    return records.filter((pl.col("feed") == feed.name) & pl.col("in_force"))
