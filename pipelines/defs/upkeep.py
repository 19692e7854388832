"""Job `prune`: what is too old goes, once a week.

Lives here: wrapping `pipelines.defs.retention`. Does not: what is kept.
"""

from datetime import UTC, datetime

import dagster as dg
from dagster import DagsterInstance

from pipelines.defs import retention
from pipelines.defs.runtime import LOGGERS, LOGGING
from pipelines.home.lock import writing
from pipelines.settings import Settings


def prune_now(instance: DagsterInstance) -> retention.Pruned:
    """Remove what is too old of everything that this code location makes."""
    # What is kept depends on all assets, and those are assembled above this file.
    from pipelines.definitions import defs

    graph, settings = defs.resolve_asset_graph(), Settings()
    # A release that is being made must not be taken for a leftover.
    with writing(settings, "prune"):
        return retention.prune(
            settings,
            instance,
            graph.get_all_asset_keys(),
            graph.asset_check_keys,
            datetime.now(UTC),
        )


@dg.op(description="Remove old runs, events, releases and alerts.")
def remove_what_is_old(context: dg.OpExecutionContext) -> None:
    """Remove it, and say how much it was."""
    pruned = prune_now(context.instance)
    context.log.info(
        f"prune: {pruned.runs} runs, {pruned.releases} releases, {pruned.alerts} alerts removed"
    )


@dg.job(
    logger_defs=LOGGERS,
    config=LOGGING,
    description="Remove runs and alerts older than PATHWAYS_KEEP_RUNS_DAYS and releases beyond "
    "PATHWAYS_KEEP_RELEASES. No delivery is touched.",
)
def prune() -> None:
    """Remove what is old."""
    remove_what_is_old()


WEEKLY = dg.ScheduleDefinition(
    name="prune_on_sundays",
    job=prune,
    cron_schedule="0 12 * * 0",
    execution_timezone="America/Los_Angeles",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every Sunday at noon Pacific.",
)
