"""Jobs and the nightly schedule.

Lives here: what is run together and when. Does not: the order of a refresh (`pipelines.refresh`).
"""

from collections.abc import Callable

import dagster as dg

from pipelines.defs.alerts import PART_OF
from pipelines.defs.checks import FEED_CHECKS
from pipelines.defs.progress import LOGGERS, LOGGING
from pipelines.refresh import ACCEPT, BUILD_RELEASE, Step, plan
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

# Dagster's own tags for one run over a range of partitions, as a backfill in one run sets them.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"

# Feeds refer to one another: they are checked together, once all are through the gate.
OF_FEEDS = dg.AssetSelection.checks(*FEED_CHECKS)

ACCEPT_JOBS = [
    dg.define_asset_job(
        ACCEPT[kind],
        selection=dg.AssetSelection.assets(
            *(["accepted", name] for name, feed in FEEDS.items() if feed.period_kind is kind)
        )
        - OF_FEEDS,
        description=f"Take the deliveries of each {kind.value.replace('_', ' ')} through the gate.",
    )
    for kind in PeriodKind
]

BUILD_RELEASE_JOB = dg.define_asset_job(
    BUILD_RELEASE,
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("landing", "accepted", "study")
    | OF_FEEDS,
    description="Check, link, build, test and publish what is accepted.",
)


def run_refresh(
    steps: list[Step],
    instance: dg.DagsterInstance,
    job: Callable[[str], dg.JobDefinition],
    part_of: str,
) -> list[str]:
    """Run a refresh's steps, each as a run of its own, and return what failed.

    Both calendars go through the gate even if one fails there, so that one night tells of all bad
    files; the release is built only when neither failed.

    Args:
        steps: As `plan` gives them.
        instance: Dagster instance that keeps the runs.
        job: Gives a job by its name.
        part_of: The refresh's own run, which alerts tell of in place of its parts.
    """
    failed: list[str] = []
    for step in steps:
        if failed and step.job == BUILD_RELEASE:
            break
        first, last = step.periods or (None, None)
        result = job(step.job).execute_in_process(
            instance=instance,
            run_config=LOGGING,
            tags={PART_OF: part_of}
            | ({RANGE_START: first, RANGE_END: last} if first and last else {}),
            raise_on_error=False,
        )
        if not result.success:
            failed.append(f"{step.job} failed: {_failed_checks(result) or 'see its run'}")
    return failed


def _failed_checks(result: dg.ExecuteInProcessResult) -> str:
    return "; ".join(
        f"{check.asset_key.to_user_string()} {check.check_name} ({check.description or 'failed'})"
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
    )


@dg.op(description="Gate, linkage, warehouse and release, each a run of its own.")
def refresh_everything(context: dg.OpExecutionContext) -> None:
    """Run a whole refresh within this run's process."""
    # Jobs are resolved with all assets, and those are assembled above this file.
    from pipelines.definitions import defs

    failed = run_refresh(plan(Settings()), context.instance, defs.resolve_job_def, context.run_id)
    if failed:
        raise dg.Failure("; ".join(failed), allow_retries=False)


@dg.job(
    logger_defs=LOGGERS,
    config=LOGGING,
    description="The whole refresh: every landed period through the gate, then a new release. "
    "One process does it all: a process for each step would cost seconds a step.",
)
def nightly_refresh() -> None:
    """Refresh everything."""
    refresh_everything()


NIGHTLY = dg.ScheduleDefinition(
    name="nightly_refresh_at_two",
    job=nightly_refresh,
    cron_schedule="0 2 * * *",
    execution_timezone="America/Los_Angeles",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:00 Pacific, when no agency delivers.",
)

JOBS = [*ACCEPT_JOBS, BUILD_RELEASE_JOB, nightly_refresh]
