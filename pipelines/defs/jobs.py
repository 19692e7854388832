"""Jobs and the nightly schedule.

Lives here: what is run together and when. Does not: the order of a refresh (`pipelines.refresh`).
"""

from collections.abc import Callable
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.defs.alert_sensors import PART_OF
from pipelines.defs.checks import FEED_CHECKS
from pipelines.defs.runtime import LOGGERS, LOGGING
from pipelines.home.lock import Locked, writing
from pipelines.release.refresh_plan import ACCEPT, BUILD_RELEASE, Plan, Scope, Step, plan
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

# Dagster's own tags for one run over a range of partitions, as a backfill in one run sets them.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
# Dagster's own tag: the daemon ends a run that goes on for longer, in seconds.
LONGEST = "dagster/max_runtime"

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


class Refresh(dg.Config):
    """What a refresh takes though it did not change."""

    force: bool = Field(
        default=False,
        description="Take deliveries again though nothing of them changed, and build every model.",
    )
    feeds: list[str] = Field(
        default=[], description="What to force: names of feeds; all of them where empty."
    )
    first_period: str = Field(
        default="",
        description="What to force: from this period on, 2018-19 or 2018Q1; from the first one "
        "where empty. Periods of the other calendar are compared as text: name feeds too.",
    )
    last_period: str = Field(default="", description="What to force: up to this period.")
    closed_because: str = Field(
        default="",
        description="Why closed periods are changed too; kept in ledger/closed.csv. Empty leaves "
        "them as they are.",
    )

    @property
    def scope(self) -> Scope | None:
        """What is forced, if anything is."""
        if not self.force:
            return None
        if unknown := set(self.feeds) - set(FEEDS):
            raise dg.Failure(f"no such feed: {', '.join(sorted(unknown))}", allow_retries=False)
        return Scope(self.feeds, self.first_period, self.last_period)


def run_refresh(
    planned: Plan,
    instance: dg.DagsterInstance,
    job: Callable[[str], dg.JobDefinition],
    part_of: str,
    asked: Refresh | None = None,
) -> list[str]:
    """Run a refresh's steps, each as a run of its own, and return what failed.

    Both calendars go through the gate even if one fails there, so that one night tells of all bad
    files; the release is built only when neither failed.

    Args:
        planned: As `plan` gives it.
        instance: Dagster instance that keeps the runs.
        job: Gives a job by its name.
        part_of: The refresh's own run, which alerts tell of in place of its parts.
        asked: What is forced.
    """
    failed: list[str] = []
    for step in planned.steps:
        if failed and step.job == BUILD_RELEASE:
            break
        first, last = step.periods or (None, None)
        keys = [dg.AssetKey(["accepted", name]) for name in step.feeds]
        result = job(step.job).execute_in_process(
            instance=instance,
            run_config=LOGGING | {"ops": _configured(step, asked or Refresh())},
            tags={PART_OF: part_of}
            | ({RANGE_START: first, RANGE_END: last} if first and last else {}),
            asset_selection=keys or None,
            raise_on_error=False,
        )
        if not result.success:
            failed.append(f"{step.job} failed: {_failed_checks(result) or 'see its run'}")
    return failed


def _configured(step: Step, asked: Refresh) -> dict[str, Any]:
    if step.job == BUILD_RELEASE:
        return {"warehouse": {"config": {"anew": asked.force}}}
    scope = asked.scope
    if scope is None:
        return {}
    periods = {name: Settings().periods(FEEDS[name].period_kind) for name in step.feeds}
    return {
        f"accepted__{name}": {
            "config": {
                "force": bool(only := [period for period in of if scope.holds(name, period)]),
                "closed_because": asked.closed_because if only else "",
                "only": only,
            }
        }
        for name, of in periods.items()
    }


def _failed_checks(result: dg.ExecuteInProcessResult) -> str:
    return "; ".join(
        f"{check.asset_key.to_user_string()} {check.check_name} ({check.description or 'failed'})"
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
    )


@dg.op(description="Gate, linkage, warehouse and release, each a run of its own.")
def refresh_everything(context: dg.OpExecutionContext, config: Refresh) -> None:
    """Run a refresh within this run's process, or say that there is nothing to do."""
    # Jobs are resolved with all assets, and those are assembled above this file.
    from pipelines.definitions import defs

    settings, scope = Settings(), config.scope
    try:
        with writing(settings, "a refresh", context.log.info):
            planned = plan(settings, scope)
            context.log.info(planned.told)
            for name in planned.arriving:
                context.log.info(f"left for the next refresh, not whole yet: {name}")
            failed = run_refresh(
                planned, context.instance, defs.resolve_job_def, context.run_id, config
            )
    except Locked as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    if failed:
        raise dg.Failure("; ".join(failed), allow_retries=False)


_TAGS = {LONGEST: str(int(Settings().max_refresh_hours * 3600))}


@dg.job(
    logger_defs=LOGGERS,
    config=LOGGING,
    tags=_TAGS,
    description="What is new through the gate, then a new release; nothing where nothing is new. "
    "One process does it all: a process for each step would cost seconds a step.",
)
def nightly_refresh() -> None:
    """Refresh what changed."""
    refresh_everything()


_FORCED = {"ops": {"refresh_everything": {"config": {"force": True}}}}


@dg.job(
    logger_defs=LOGGERS,
    tags=_TAGS,
    description="Take deliveries again though nothing of them changed, and build and publish "
    "anew. Launch it as it is for everything; in the launchpad, name feeds and periods.",
    config=LOGGING | _FORCED,
)
def force_refresh() -> None:
    """Refresh everything, or what is named."""
    refresh_everything()


NIGHTLY = dg.ScheduleDefinition(
    name="nightly_refresh_at_two",
    job=nightly_refresh,
    cron_schedule="0 2 * * *",
    execution_timezone="America/Los_Angeles",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:00 Pacific, when no agency delivers.",
)

JOBS = [*ACCEPT_JOBS, BUILD_RELEASE_JOB, nightly_refresh, force_refresh]
