"""Whether enough rows came, and in time: judged from the ledger alone.

Lives here: row floors, drops against the period before, deliveries that are due.
Does not: reading any row, replacements (`pipelines.intake.holds`).
"""

from datetime import date, timedelta

import polars as pl

from pipelines.checks.base import CheckInputs, CheckResult, check
from schemas import Feed
from schemas.periods import period_end, periods_between
from schemas.policy import POLICY

_KEY = ("period", "submitter")
# Years in which a feed's last due period is looked for.
_YEARS = 4


@check(may_stop=True, to_do="Get the whole file, land it and refresh.")
def row_floor(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """Each period has at least as many accepted rows as the feed can't do without.

    Fewer are a header, a test or a part of a file, and they replaced what was there. An agency's
    own file that has no record of the feed delivers nothing of it.
    """
    floor = feed.row_floor
    delivered = inputs.current_deliveries(feed).filter(pl.col("delivered_rows") > 0)
    rows = delivered.group_by("period").agg(pl.col("accepted_rows").sum())
    low = rows.filter(pl.col("accepted_rows") < floor).sort("period")
    findings = [{**row, "floor": floor} for row in low.to_dicts()]
    summary = (
        f"{len(findings)} of {rows.height} periods have fewer than {floor} accepted rows"
        if findings
        else f"all {rows.height} periods have at least {floor} accepted row(s)"
    )
    return CheckResult(summary, findings, stops=bool(findings) and not inputs.may_lose(feed))


@check(may_stop=False, to_do="Ask the submitter whether the file is whole.")
def rows_by_submitter(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """No submitter's new delivery has fewer than half of the rows of their last earlier period.

    A submitter can shrink or close from one year to the next, so this warns. A delivery that has
    fewer rows than the one it would replace is held by the gate, and is in `held_deliveries`.
    Deliveries in the current release are not judged again.
    """
    new = _new_deliveries(feed, inputs)
    low = new.filter(
        (pl.col("rows_before") >= POLICY.least_rows_before_drop)
        & (pl.col("accepted_rows") < POLICY.least_share_of_last * pl.col("rows_before"))
    ).select(*_KEY, "accepted_rows", "rows_before", "period_before")
    findings = low.sort("rows_before", descending=True).to_dicts()
    summary = (
        f"{len(findings)} of {new.height} new deliveries have fewer than half of the rows of the "
        "one for the period before"
        if findings
        else f"{new.height} new deliveries, none below half of the one for the period before"
    )
    return CheckResult(summary, findings)


def _new_deliveries(feed: Feed, inputs: CheckInputs) -> pl.DataFrame:
    """Return current deliveries that are not released, with the rows of the period before."""
    compared = inputs.current_deliveries(feed).with_columns(
        pl.col(name).shift(1).over("submitter", order_by="period").alias(f"{of}_before")
        for name, of in (("accepted_rows", "rows"), ("period", "period"))
    )
    released = inputs.released_deliveries(feed)
    if not released:
        return compared
    return compared.filter(
        ~pl.struct("period", "delivery_sha256").is_in(
            [{"period": period, "delivery_sha256": sha} for period, sha in released]
        )
    )


@check(may_stop=False, to_do="Remind the submitters it lists.")
def delivered_on_time(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """Every submitter of the period before has delivered the last period that is due.

    Metrics of the newest cohorts lack late submitters, and a cohort can look complete that is not.
    A submitter that closed is listed until the next period is due; a feed that nobody ever
    delivered is not late. In the synthetic state students leave one by one, so its last years are
    late by design.
    """
    due = last_due(feed, inputs.today)
    current = inputs.current_deliveries(feed)
    if due is None or current.is_empty():
        return CheckResult("nothing was ever delivered, so nothing is late")
    before = current.filter(pl.col("period") < due)
    last = before["period"].max()
    expected = set(before.filter(pl.col("period") == last)["submitter"])
    missing = sorted(expected - set(current.filter(pl.col("period") == due)["submitter"]))
    findings = [
        {"period_due": due, "submitter": name, "last_period_of_feed": str(last)} for name in missing
    ]
    summary = (
        f"{len(missing)} of {len(expected)} submitters have not delivered {due}"
        if missing
        else f"{due}, the last period that is due, is here"
    )
    return CheckResult(summary, findings, metrics={"last_due_period": due})


def last_due(feed: Feed, today: date) -> str | None:
    """Return the last period whose deliveries are due on a day."""
    after = timedelta(days=feed.due_after_days)
    due = [
        period
        for period in periods_between(date(today.year - _YEARS, 1, 1), today, feed.period_kind)
        if period_end(period, feed.period_kind) + after <= today
    ]
    return due[-1] if due else None
