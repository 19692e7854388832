"""Assets `accepted/<feed>`: deliveries taken through the gate, one partition for each period.

Lives here: wrapping `pipelines.validation` and reporting its accounts as metadata and checks.
Does not: any rule, any value of a row.
"""

from collections.abc import Sequence

import dagster as dg

from pipelines import lineage
from pipelines.defs.columns import column_lineage, column_schema
from pipelines.defs.partitions import PARTITIONS
from pipelines.ledger import Account, Finding, find_all
from pipelines.release import CURRENT, MANIFEST
from pipelines.settings import Settings
from pipelines.validation import accept, accepted_schema
from schemas import FEEDS, Feed

MAY_BE_RELEASED = "may_be_released"
FILES_TAKEN = "every_file_taken"
ROWS_TAKEN = "every_row_taken"

_ADDED = {
    "source_person_key": "Keyed hash under which the crosswalk knows this feed's person.",
    "has_ssn": "Whether the submitter gave an SSN.",
    "submitter": "Who sent the file.",
    "delivery_sha256": "SHA-256 of the delivered file.",
    "row_number": "Row of the file as a spreadsheet shows it; the header is row 1.",
}


def landing_asset(feed: Feed) -> dg.AssetSpec:
    """Return the deliveries of a feed, which their submitters make, as an external asset."""
    return dg.AssetSpec(
        ["landing", feed.name],
        group_name="landing",
        description=f"Files as delivered by each {feed.submitted_by}: {feed.grain}. "
        f"Never changed here. Drop them at `landing/{feed.name}/<period>/<submitter>.csv`.",
        partitions_def=PARTITIONS[feed.period_kind],
        kinds={"csv", "parquet"},
        # The period is the folder a file lies in; provenance is added by whoever reads it.
        metadata={"dagster/column_schema": column_schema(feed.dtypes, feed.descriptions)},
    )


def accepted_asset(feed: Feed) -> dg.AssetsDefinition:
    """Return the asset that takes a feed's deliveries through the gate."""
    key = dg.AssetKey(["accepted", feed.name])
    columns = accepted_schema(feed).schema
    made_of = lineage.of_accepted(feed, columns.names())

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["landing", feed.name])],
        group_name="accepted",
        description=f"Grain: {feed.grain}. Rows of each {feed.submitted_by}'s delivery that keep "
        f"every rule of `schemas/{feed.name}.py`, typed and without direct identifiers; the others "
        f"are in `quarantine/{feed.name}` with every reason.",
        kinds={"pandera", "polars", "parquet"},
        partitions_def=PARTITIONS[feed.period_kind],
        backfill_policy=dg.BackfillPolicy.single_run(),
        metadata={
            "dagster/column_schema": column_schema(columns, feed.descriptions | _ADDED, made_of)
        },
        check_specs=[
            dg.AssetCheckSpec(
                MAY_BE_RELEASED,
                asset=key,
                blocking=True,
                description=f"At most {feed.quarantine_limit:.0%} of delivered rows are in "
                "quarantine, and at least half of the released rows are still there. Stops the "
                "release. See docs/checks.md#may_be_released.",
            ),
            dg.AssetCheckSpec(
                FILES_TAKEN,
                asset=key,
                description="No file was set aside whole. The submitter's last accepted delivery "
                "stays in force; tell the submitter. See docs/checks.md#every_file_taken.",
            ),
            dg.AssetCheckSpec(
                ROWS_TAKEN,
                asset=key,
                description="No row of these periods went to quarantine. "
                "See docs/checks.md#every_row_taken.",
            ),
        ],
    )
    def accepted(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings = Settings()
        try:
            by_period = accept(settings, feed, context.partition_keys)
        except OSError as error:
            # A share that is away for a moment passes; nothing else that fails here does.
            raise dg.RetryRequested(max_retries=2, seconds_to_wait=5) from error
        for period, of_period in by_period.items():
            context.add_asset_metadata(_totals(of_period), partition_key=period)
        accounts = [account for of_period in by_period.values() for account in of_period]
        totals = _totals(accounts)
        context.log.info(
            f"{feed.name}: {totals['delivered_rows']:,} rows in {totals['files']} files, "
            f"{totals['dagster/row_count']:,} accepted, {totals['quarantined_rows']:,} "
            f"quarantined, {totals['files_set_aside']} files set aside"
        )
        return dg.MaterializeResult(
            metadata={"dagster/column_lineage": column_lineage(made_of)},
            check_results=_checks(key, feed, settings, accounts),
        )

    return accepted


def _totals(accounts: Sequence[Account]) -> dict[str, int | float]:
    delivered = sum(account.delivered_rows for account in accounts)
    quarantined = sum(account.quarantined_rows for account in accounts)
    return {
        "files": len(accounts),
        "files_set_aside": sum(bool(account.refused) for account in accounts),
        "delivered_rows": delivered,
        "dagster/row_count": sum(account.accepted_rows for account in accounts),
        "quarantined_rows": quarantined,
        # Numbers are drawn over time and over periods on the asset's page.
        "quarantine_percent": round(100 * quarantined / delivered, 2) if delivered else 0.0,
    }


def _checks(
    key: dg.AssetKey, feed: Feed, settings: Settings, accounts: Sequence[Account]
) -> list[dg.AssetCheckResult]:
    finding = next(f for f in findings(settings) if f.feed == feed.name)
    refused = [account for account in accounts if account.refused]
    reasons: dict[str, int] = {}
    for account in accounts:
        for rule, count in account.reasons.items():
            reasons[rule] = reasons.get(rule, 0) + count
    return [
        may_be_released(key, MAY_BE_RELEASED, finding),
        dg.AssetCheckResult(
            check_name=FILES_TAKEN,
            asset_key=key,
            passed=not refused,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                f"{a.delivery.period}/{a.delivery.path.name}": ", ".join(a.refused) for a in refused
            },
        ),
        dg.AssetCheckResult(
            check_name=ROWS_TAKEN,
            asset_key=key,
            passed=not reasons,
            severity=dg.AssetCheckSeverity.WARN,
            metadata=dict(sorted(reasons.items())),
        ),
    ]


def findings(settings: Settings) -> list[Finding]:
    """Return the gate's findings on every feed, against the current release."""
    manifest = settings.releases / CURRENT / MANIFEST
    return find_all(settings.ledger, manifest, settings.accept_loss_of)


def may_be_released(key: dg.AssetKey, name: str, finding: Finding) -> dg.AssetCheckResult:
    """Return a finding as the result of a blocking check."""
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=not finding.stops,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(finding.stops) or None,
        metadata={
            "delivered_rows": finding.delivered_rows,
            "accepted_rows": finding.accepted_rows,
            "quarantined_rows": finding.quarantined_rows,
            "quarantine_rate": finding.quarantine_rate,
            "released_rows": finding.released_rows,
        },
    )


LANDING = [landing_asset(feed) for feed in FEEDS.values()]
ACCEPTED = [accepted_asset(feed) for feed in FEEDS.values()]
