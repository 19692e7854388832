"""Assets `accepted/<feed>`: deliveries taken through the gate, one partition for each period.

Lives here: wrapping `pipelines.intake.accept` and reporting its results as metadata and checks.
Does not: any rule, any value of a row.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from pipelines.checks.release_gate import ReleaseDecision, decide
from pipelines.defs.checks import check_inputs, docs_link
from pipelines.defs.columns import column_lineage, column_schema
from pipelines.defs.runtime import PARTITIONS, writing_step
from pipelines.feedback import store
from pipelines.intake import ledger
from pipelines.intake.accept import accept
from pipelines.intake.deidentify import accepted_schema
from pipelines.intake.landing import NotTaken, not_taken
from pipelines.intake.ledger import HELD, REJECTED, DeliveryResult
from pipelines.intake.pending import ForceOptions, current_deliveries
from pipelines.release.column_lineage import of_accepted
from pipelines.settings import Settings
from schemas import FEEDS, Feed

MAY_BE_RELEASED = "may_be_released"
FILES_TAKEN = "every_file_taken"
ROWS_TAKEN = "every_row_taken"
# Of each period by itself: the dot of a period is green however many rows of it were rejected.
PERIOD_SOUND = "period_is_sound"
# Results of checks by partition are a preview in Dagster.
warnings.filterwarnings("ignore", category=dg.PreviewWarning, message=".*AssetCheckSpec")
_DOCS = {
    name: f"docs/operate.md#{name}"
    for name in (MAY_BE_RELEASED, FILES_TAKEN, ROWS_TAKEN, PERIOD_SOUND)
}

_ADDED = {
    "source_person_key": "Keyed hash under which the crosswalk knows this feed's person.",
    "has_ssn": "Whether the submitter gave an SSN.",
    "record_id": "Keyed hash of file and row, by which the released fact knows the row.",
    "submitter": "Who sent the file.",
    "delivery_sha256": "SHA-256 of the delivered file.",
    "row_number": "Row of the file as a spreadsheet shows it; the header is row 1.",
}


class Gate(dg.Config):
    """What a run judges again, and which closed periods it changes."""

    force: bool = Field(
        default=False, description="Judge again what lies in landing, though nothing changed."
    )
    closed_because: str = Field(
        default="",
        description="Why closed periods are changed too; stays in ledger/closed.csv. Empty leaves "
        "them as they are.",
    )
    only: list[str] = Field(
        default=[], description="Periods of the run that this is about; all where empty."
    )


def landing_asset(feed: Feed) -> dg.AssetSpec:
    """Return the deliveries of a feed, which their submitters make, as an external asset."""
    return dg.AssetSpec(
        ["landing", feed.name],
        group_name="01_landing",
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
    columns = {} if feed.is_for_linkage_alone else accepted_schema(feed).schema
    lineage = of_accepted(feed, list(columns))
    lineage_of_columns = {"dagster/column_lineage": column_lineage(lineage)}

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["landing", feed.name])],
        group_name="02_accepted",
        description=f"Grain: {feed.grain}. Rows of each {feed.submitted_by}'s delivery that keep "
        f"every rule of `schemas/feeds/{feed.name}.py`, {_leaves(feed)}; "
        f"the others are in `quarantine/{feed.name}` with every reason.",
        kinds={"pandera", "polars", "parquet"},
        partitions_def=PARTITIONS[feed.period_kind],
        backfill_policy=dg.BackfillPolicy.single_run(),
        metadata={
            "dagster/column_schema": column_schema(columns, feed.descriptions | _ADDED, lineage)
        },
        # Each period with deliveries has a materialisation of its own.
        output_required=False,
        check_specs=_check_specs(key, feed),
    )
    def accepted(context: dg.AssetExecutionContext, config: Gate) -> Iterator[Any]:
        settings, periods = Settings(), context.partition_keys
        report = partial(store.write_reports, settings.reports)
        force = ForceOptions(config.force, config.closed_because.strip(), frozenset(config.only))
        with writing_step(settings, f"the gate of {feed.name}", context.log.info):
            by_period = accept(settings, feed, periods, force, report)
            records, reasons = current_deliveries(settings, feed, periods)
            of_feed = {"dagster/row_count": accepted_rows(settings, feed)} | lineage_of_columns
        for one in misplaced(settings, feed):
            context.log.warning(f"Not taken: landing/{one.place}. {one.reason}")
        results = list(chain(*by_period.values()))
        for held in (result for result in results if result.is_held):
            context.log.warning(_held(held))
        context.log.info(_summary(feed, results))
        # A period without deliveries stays unmaterialised.
        for period, of_period in records.group_by("period", maintain_order=True):
            totals = _totals(of_period)
            yield dg.AssetMaterialization(key, partition=str(period[0]), metadata=totals | of_feed)
            yield soundness(key, feed, str(period[0]), totals)
        # Dagster makes one result of a check for a run; these are one for each period.
        yield dg.Output(None, f"{key.to_python_identifier()}_{PERIOD_SOUND}")
        yield from _checks(key, feed, settings, records, reasons)

    return accepted


def soundness(
    key: dg.AssetKey, feed: Feed, period: str, totals: Mapping[str, int | float]
) -> dg.AssetCheckEvaluation:
    """Return the result of the check that shows which periods to look at."""
    counts = {name: totals[name] for name in ("files_rejected", "files_held", "quarantine_percent")}
    refused = counts["files_rejected"] or counts["files_held"]
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=PERIOD_SOUND,
        passed=not refused and counts["quarantine_percent"] <= 100 * feed.quarantine_limit,
        metadata={"docs": docs_link(_DOCS[PERIOD_SOUND]), **counts},
        severity=dg.AssetCheckSeverity.WARN,
        partition=period,
    )


def _leaves(feed: Feed) -> str:
    if feed.is_for_linkage_alone:
        return "as linkage reads them, and nowhere else"
    return "typed and without direct identifiers"


def _partitioned(name: str, feed: Feed) -> dg.PartitionsDefinition[str] | None:
    return PARTITIONS[feed.period_kind] if name == PERIOD_SOUND else None


def _check_specs(key: dg.AssetKey, feed: Feed) -> list[dg.AssetCheckSpec]:
    descriptions = {
        MAY_BE_RELEASED: f"At most {feed.quarantine_limit:.0%} of delivered rows are in "
        "quarantine, and at least half of the released rows are still there. Stops the release.",
        FILES_TAKEN: "No file was rejected as a whole, and none lies where none is read. The "
        "submitter's last accepted delivery stays current; inform the submitter.",
        ROWS_TAKEN: "No row of these periods went to quarantine.",
        PERIOD_SOUND: "No file of the period was rejected or is held, and at most "
        f"{feed.quarantine_limit:.0%} of its delivered rows are in quarantine. Warns.",
    }
    return [
        dg.AssetCheckSpec(
            name,
            asset=key,
            blocking=name == MAY_BE_RELEASED,
            description=f"{description} See {_DOCS[name]}.",
            partitions_def=_partitioned(name, feed),
        )
        for name, description in descriptions.items()
    ]


def _summary(feed: Feed, results: Sequence[DeliveryResult]) -> str:
    delivered, accepted, quarantined = (
        sum(getattr(result, name) for result in results)
        for name in ("delivered_rows", "accepted_rows", "quarantined_rows")
    )
    rejected = sum(bool(result.refused) for result in results)
    held = sum(result.is_held for result in results)
    return (
        f"{feed.name}: {delivered:,} rows in {len(results)} files, {accepted:,} accepted, "
        f"{quarantined:,} quarantined, {rejected} files rejected, {held} held"
    )


def _held(result: DeliveryResult) -> str:
    of, why = result.delivery, " ".join(one.sentence for one in result.findings if one.holds)
    return f"Held: {of.feed}/{of.period}/{of.file_name}. {why} See: pathways deliveries held"


def _totals(records: pl.DataFrame) -> dict[str, int | float]:
    current = records.filter("is_current")
    delivered = int(current["delivered_rows"].sum())
    quarantined = int(current["quarantined_rows"].sum())
    return {
        "files": records.height,
        "files_rejected": _rejected(records).height,
        "files_held": records.filter(pl.col("status") == HELD).height,
        "delivered_rows": delivered,
        "dagster/partition_row_count": int(current["accepted_rows"].sum()),
        "quarantined_rows": quarantined,
        # Numbers are drawn over time and over periods on the asset's page.
        "quarantine_percent": round(100 * quarantined / delivered, 2) if delivered else 0.0,
    }


def accepted_rows(settings: Settings, feed: Feed) -> int:
    """Return the accepted rows of a feed in all periods, which its page shows as its rows."""
    records = ledger.deliveries(settings.ledger, feed.name).filter("is_current")
    return int(records["accepted_rows"].sum())


def _rejected(records: pl.DataFrame) -> pl.DataFrame:
    """Return deliveries rejected as a whole, those current under older rules included."""
    breaks_file_rule = pl.col("reasons").list.eval(pl.element().str.starts_with("file:")).list.any()
    return records.filter((pl.col("status") == REJECTED) | breaks_file_rule.fill_null(False))


def misplaced(settings: Settings, feed: Feed) -> list[NotTaken]:
    """Return what lies in landing, seems to be this feed's, and is no delivery."""
    return [one for one in not_taken(settings.landing) if one.feed == feed.name]


def _checks(
    key: dg.AssetKey, feed: Feed, settings: Settings, records: pl.DataFrame, reasons: pl.DataFrame
) -> list[dg.AssetCheckResult]:
    decision = decide(feed, check_inputs(settings))
    rejected = _rejected(records).sort("period", "file_name")
    elsewhere = {one.place: one.reason for one in misplaced(settings, feed)}
    rules = reasons.group_by("rule").agg(pl.col("row_count").sum()).sort("rule")
    return [
        may_be_released(key, MAY_BE_RELEASED, decision),
        dg.AssetCheckResult(
            check_name=FILES_TAKEN,
            asset_key=key,
            passed=rejected.is_empty() and not elsewhere,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "docs": docs_link(_DOCS[FILES_TAKEN]),
                "rejected_files": rejected.height,
                "files_not_taken": len(elsewhere),
            }
            | elsewhere
            | {
                f"{period}/{name}": ", ".join(rules)
                for period, name, rules in rejected.select(
                    "period", "file_name", "reasons"
                ).iter_rows()
            },
        ),
        dg.AssetCheckResult(
            check_name=ROWS_TAKEN,
            asset_key=key,
            passed=rules.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "docs": docs_link(_DOCS[ROWS_TAKEN]),
                "broken_rules": int(rules["row_count"].sum()),
            }
            | dict(rules.iter_rows()),
        ),
    ]


def may_be_released(key: dg.AssetKey, name: str, decision: ReleaseDecision) -> dg.AssetCheckResult:
    """Return a decision as the result of a blocking check."""
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=not decision.stops,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(decision.stops) or None,
        metadata={
            "docs": docs_link(_DOCS[MAY_BE_RELEASED]),
            "delivered_rows": decision.delivered_rows,
            "accepted_rows": decision.accepted_rows,
            "quarantined_rows": decision.quarantined_rows,
            "quarantine_rate": decision.quarantine_rate,
            "released_rows": decision.released_rows,
        },
    )


LANDING = [landing_asset(feed) for feed in FEEDS.values()]
ACCEPTED = [accepted_asset(feed) for feed in FEEDS.values()]
