"""Assets `releases/…`: the build, published in one step; its site; what of it may leave.

Lives here: wrapping `pipelines.release`, `pipelines.site` and `pipelines.disclosure`. Does not:
what these hold.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import polars as pl

from pipelines.alerts.rules import release_alert
from pipelines.checks.base import LISTED
from pipelines.checks.release_change import Change, as_table, in_lines, release_changes, warnings
from pipelines.checks.release_gate import decide_all, what_stops
from pipelines.defs.checks import check_inputs
from pipelines.defs.nightly.refresh import PART_OF
from pipelines.defs.runtime import writing_step
from pipelines.defs.sensors import failed_checks, send_alerts
from pipelines.defs.warehouse import released_keys
from pipelines.disclosure.manifest import read_manifest
from pipelines.release import build_plan, explain_metric
from pipelines.release.publish import WAREHOUSE, Release, current_or_fail, publish, utc_now
from pipelines.settings import AlertSettings, Settings
from pipelines.site.build import Built, build, build_public

if TYPE_CHECKING:
    # Loaded where something is published, with a solver and SciPy.
    from pipelines.disclosure.audit.report import Report

RELEASE_KEY = dg.AssetKey(["releases", "current"])


@dg.asset(
    key=RELEASE_KEY,
    deps=released_keys(),
    group_name="12_release",
    description="The warehouse that analysts query, a copy of the build's released schemas. "
    "Swapped in one step, after every blocking check and every dbt test passed.",
    kinds={"duckdb"},
)
def current_release(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Publish the build as the current release."""
    settings = Settings()
    with writing_step(settings, "publishing", context.log.info):
        # Blocking checks act within a run; this asset can be asked for on its own.
        inputs = check_inputs(settings)
        stopped = [decision.feed for decision in decide_all(inputs) if decision.stops]
        built = build_plan.last(settings)
        if built is None:
            stopped.append("the build, which is not whole or did not pass its tests")
        else:
            if built.made_from.sources != build_plan.inputs(settings).sources:
                stopped.append("the build, which is older than what is accepted")
            stopped += what_stops(inputs)
        if built is None or stopped:
            raise dg.Failure(f"May not be released: {', '.join(stopped)}", allow_retries=False)
        changes = release_changes(inputs)
        release = publish(settings, built, context.run.run_id, utc_now(), as_table(changes))
    context.log.info(f"release: {release.release_id} is current")
    for line in in_lines(changes):
        context.log.info(f"release: {line}")
    _send_alert(context, release.release_id, changes)
    return dg.MaterializeResult(
        metadata={
            "release_id": release.release_id,
            "dagster/uri": str(release.folder.relative_to(settings.root)),
            "code_version": release.manifest["code_version"],
            **_metadata(changes),
            "incomplete": _incomplete(release),
            **{f"rows_{name}": rows for name, rows in release.manifest["tables"].items()},
        }
    )


@dg.asset(
    key=["releases", "site_internal"],
    deps=[RELEASE_KEY],
    group_name="12_release",
    description="The current release as pages that a browser opens without a server: the story of "
    "the state, and a brief of each region. Made from exact numbers, for authorised readers.",
    kinds={"html"},
)
def internal_site(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Build the internal site of the current release."""
    settings = Settings()
    with writing_step(settings, "the site", context.log.info):
        built = build(current_or_fail(settings), settings.site_cache)
    return _built(context, built, settings)


PUBLIC_KEY = dg.AssetKey(["releases", "public"])


def _cohort_cells(cohort: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["public_cells", cohort],
        deps=[RELEASE_KEY],
        group_name="13_public",
        description=f"What is hidden of the public cells of `{cohort}`: years that are complete "
        "and new. Years that were published, or decided with the same numbers, cost nothing.",
        kinds={"python"},
    )
    def cells(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from pipelines.disclosure import publication

        settings = Settings()
        with writing_step(settings, "choosing public cells", context.log.info):
            programs = publication.decide_cohort(settings, cohort)
        return dg.MaterializeResult(
            metadata={"years": ", ".join(programs) or "–", "programs": sum(programs.values())}
        )

    return cells


COHORT_CELLS = [_cohort_cells(cohort) for cohort in read_manifest().metrics]
AUDIT = dg.AssetCheckSpec(
    "audit",
    asset=PUBLIC_KEY,
    blocking=True,
    description="Nobody can work out a small number from the public files, to within five people. "
    "Stops the publication. To do: pathways public audit names the cells. "
    "See docs/publish.md#audit.",
)


@dg.asset(
    key=PUBLIC_KEY,
    deps=[RELEASE_KEY, *COHORT_CELLS],
    check_specs=[AUDIT],
    group_name="13_public",
    description="Cells that give nobody away: cohorts that are complete and new, beside those "
    "published before, which stay as they are. Asked for, never by the nightly refresh.",
    kinds={"duckdb", "csv"},
)
def public_release(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Publish what may leave, if the audit passes."""
    from pipelines.disclosure import publication

    settings = Settings()
    with writing_step(settings, "publishing what may leave", context.log.info):
        report = publication.publish(settings, context.log.info)
    yield _audit_result(report)
    if not report.passed:
        raise dg.Failure("The audit works out hidden numbers.", allow_retries=False)
    folder = publication.current_folder(settings)
    shown = publication.shown_by_cut(folder)
    yield dg.MaterializeResult(
        asset_key=PUBLIC_KEY,
        metadata={
            "dagster/uri": str(folder.relative_to(settings.root)),
            "cells": int(shown["cells"].sum()),
            "rates_shown": int(shown["rates_shown"].sum()),
            "shown_by_cut": _table(shown),
            "picture": dg.MetadataValue.md(_picture(shown)),
            **_certificate(report),
        },
    )


def _certificate(report: "Report") -> dict[str, Any]:
    """Return the figures of the audit as the UI draws them over time: numbers alone."""
    figures = report.as_record()
    del figures["findings"]
    return {f"audit_{name}": of for name, of in figures.items() if of is not None}


def _picture(shown: pl.DataFrame) -> str:
    from pipelines.disclosure.tables.picture import cut_picture

    coded = b64encode(cut_picture(shown).encode()).decode()
    return f"![What is shown of each cut](data:image/svg+xml;base64,{coded})"


@dg.asset(
    key=["releases", "site"],
    deps=[PUBLIC_KEY],
    group_name="13_public",
    description="The public release as pages that a browser opens without a server. It reads "
    "public.duckdb alone: what is hidden there is on no page.",
    kinds={"html"},
)
def public_site(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Build the public site of the current release."""
    settings = Settings()
    with writing_step(settings, "the public site", context.log.info):
        built = build_public(current_or_fail(settings), settings.site_cache)
    return _built(context, built, settings)


def _built(
    context: dg.AssetExecutionContext, built: Built, settings: Settings
) -> dg.MaterializeResult:
    context.log.info(f"site: {built.pages} pages in {built.seconds:.0f} s")
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": str((built.folder / "index.html").relative_to(settings.root)),
            "pages": built.pages,
            "pages_drawn": built.drawn,
            "bytes": built.bytes,
        }
    )


def _audit_result(report: "Report") -> dg.AssetCheckResult:
    figures = report.as_record()
    del figures["findings"]
    return dg.AssetCheckResult(
        check_name=AUDIT.name,
        asset_key=PUBLIC_KEY,
        passed=report.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{report.cells:,} numbers tried, {len(report.findings)} findings",
        metadata={name: "–" if value is None else value for name, value in figures.items()},
    )


def _table(rows: pl.DataFrame) -> dg.TableMetadataValue:
    columns = [
        dg.TableColumn(name, "int" if of.is_integer() else "string")
        for name, of in rows.schema.items()
    ]
    records = [dg.TableRecord(row) for row in rows.to_dicts()]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def _metadata(changes: list[Change]) -> dict[str, Any]:
    """Return what changed as the UI shows it: a line for each kind, and the first changes."""
    records = [
        dg.TableRecord({"kind": c.kind, "warns": c.is_warning, "change": c.sentence})
        for c in changes[:LISTED]
    ]
    columns = [dg.TableColumn("kind"), dg.TableColumn("warns", "bool"), dg.TableColumn("change")]
    return {
        "what_changed": dg.MetadataValue.md("\n".join(f"- {line}" for line in in_lines(changes))),
        "changes": dg.MetadataValue.table(records, dg.TableSchema(columns)),
        "change_count": len(changes),
    }


def _incomplete(release: Release) -> dg.TableMetadataValue:
    """Return what statewide values lack as the UI shows it, and who has to deliver it."""
    with duckdb.connect(str(release.folder / WAREHOUSE), read_only=True) as warehouse:
        records = [dg.TableRecord(row) for row in explain_metric.incomplete(warehouse)[:LISTED]]
    columns = [dg.TableColumn("reason"), dg.TableColumn("awaited"), dg.TableColumn("values", "int")]
    return dg.MetadataValue.table(records, dg.TableSchema(columns))


def _send_alert(context: dg.AssetExecutionContext, release_id: str, changes: list[Change]) -> None:
    """Send what changed to a person when a change or a check of this run warns."""
    # In a refresh, checks of what is accepted have run before, in another part of this job.
    part_of = {name: of for name, of in context.run.tags.items() if name == PART_OF}
    runs = dg.RunsFilter(job_name=context.run.job_name, tags=part_of)
    parts = context.instance.get_runs(runs) if part_of else [context.run]
    failed: dict[str, str] = {}
    for run in parts:
        failed |= failed_checks(context.instance, run.run_id, only_blocking=False)
    warn = [*warnings(changes), *(f"{name}: {summary}" for name, summary in failed.items())]
    alert = release_alert(release_id, in_lines(changes), warn, AlertSettings())
    send_alerts([alert] if alert else [], utc_now())


PUBLISH_JOB = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.groups("13_public"),
    description="Publish cells that give nobody away: cohorts that are complete and new. It cannot "
    "be taken back.",
)

PUBLISH_MONTHLY = dg.ScheduleDefinition(
    name="publish_monthly",
    job=PUBLISH_JOB,
    cron_schedule="0 4 1 * *",
    execution_timezone="America/Los_Angeles",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="The first of each month, once somebody turns it on: a publication is signed.",
)
