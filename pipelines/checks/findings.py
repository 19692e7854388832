"""What the gate has against deliveries, as checks that reach a person: held ones, and doubts.

Lives here: listing them from the ledger. Does not: judging a delivery (`pipelines.intake.holds`).
"""

import polars as pl

from pipelines.checks.base import CheckInputs, CheckResult, check
from pipelines.intake.ledger import HELD
from schemas import Feed

# Files that the sentence of a check names; all are in its findings.
_NAMED = 5


@check(
    may_stop=False,
    to_do="If it is right: pathways deliveries release SUBMITTER --reason …, or the job "
    "release_held_delivery. If not: get a corrected file and land it.",
)
def held_deliveries(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """No delivery waits for a person.

    The gate holds a delivery that keeps fewer than `least_kept` of the rows or persons of the one
    it would replace, or of whose rows a share that is lower by `most_share_drop` is accepted. It
    also holds one whose amounts are in another unit than the submitter's other deliveries
    (`scale_factor`), whose rows are in another file or period already, that is of another
    submitter, or that is full of placeholders or shared ids. What was accepted before stays
    current, and the release is made without the held file. It is not judged again until somebody
    releases it with a reason, which `ledger/released.csv` keeps, or another file is landed.
    """
    of_feed = inputs.records.filter(pl.col("feed") == feed.name)
    rows_before = of_feed.filter("is_current").select(
        "period", "submitter", pl.col("accepted_rows").alias("current_rows")
    )
    held = (
        of_feed.filter(pl.col("status") == HELD)
        .join(rows_before, on=["period", "submitter"], how="left")
        .sort("period", "submitter")
    )
    findings = [
        {
            "file": f"{row['period']}/{row['file_name']}",
            "accepted_rows": row["accepted_rows"],
            "current_rows": row["current_rows"],
            "why": " ".join(row["findings"] or []),
        }
        for row in held.iter_rows(named=True)
    ]
    files = ", ".join(finding["file"] for finding in findings[:_NAMED])
    more = f" and {len(findings) - _NAMED:,} more" if len(findings) > _NAMED else ""
    return CheckResult(f"held: {files}{more}" if findings else "none is held", findings)


@check(may_stop=False, to_do="Ask the submitter about the rows that the sentence names.")
def doubtful_deliveries(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """No new delivery has anything about it that keeps every rule and may be wrong all the same.

    Names that are none, an id with two birth dates or many names, NULL or an error of a spreadsheet
    in a cell, overlapping enrollments, amounts without cents, a few rows that another file has too,
    and what a released delivery was held for. Deliveries in the current release are not listed
    again; `quality.delivery` has the findings of all.
    """
    released = inputs.released_deliveries(feed)
    findings = [
        {"file": f"{row['period']}/{row['file_name']}", "finding": sentence}
        for row in inputs.current_deliveries(feed).sort("period", "submitter").to_dicts()
        if (row["period"], row["delivery_sha256"]) not in released
        for sentence in row["findings"] or []
    ]
    files = len({finding["file"] for finding in findings})
    return CheckResult(
        f"{len(findings)} finding(s) in {files} new file(s)" if findings else "no doubt", findings
    )
