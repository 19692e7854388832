"""The refresh, as a job: its steps one after the other, each a run of its own.

Lives here: the job, its configuration and the names that others know its runs by. Does not: what a
refresh consists of (`pipelines.release.refresh_plan`), the jobs of its steps (`defs.jobs`).

It imports no asset: a night with nothing new takes half the time.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.defs.runtime import (
    LOGGERS,
    LOGGING,
    OF_LOCATION,
    TO_DO,
    fail_on_user_error,
    why_failed,
)
from pipelines.errors import UserError
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.home.modes import tighten
from pipelines.release.refresh_plan import BUILD_RELEASE, Plan, Step, plan
from pipelines.settings import Settings
from pipelines.site.voice import store
from schemas import FEEDS

# Gives the definitions of this code location, which are assembled above this module.
CodeLocation = Callable[[], dg.Definitions]
Result = dg.ExecuteInProcessResult

REFRESH_JOB = "nightly_refresh"
# A run that a refresh started carries the refresh's own run id in this tag: the alert of a failure
# is the refresh's.
PART_OF = "pathways/part_of"
# Dagster's own tags for one run over a range of partitions, as a backfill in one run sets them.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
# Dagster's own tag: the daemon ends a run that lasts longer, in seconds.
MAX_RUNTIME = "dagster/max_runtime"


class Refresh(dg.Config):
    """What a refresh takes though it did not change."""

    force: bool = Field(
        default=False,
        description="Validate deliveries again though nothing of them changed, and build every "
        "model.",
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
    reason: str = Field(
        default="", description="Why; written to reasons.csv. A refresh that forces fails without."
    )
    closed_because: str = Field(
        default="",
        description="Why closed periods are changed too; written to ledger/closed.csv. Empty "
        "leaves them as they are.",
    )

    def is_forced(self, feed: str, period: str) -> bool:
        """Return whether a feed's period is validated again though nothing of it changed."""
        return (
            self.force
            and (not self.feeds or feed in self.feeds)
            and (not self.first_period or period >= self.first_period)
            and (not self.last_period or period <= self.last_period)
        )


def run_refresh(
    planned: Plan,
    instance: dg.DagsterInstance,
    job: Callable[[str], dg.JobDefinition],
    part_of: str,
    config: Refresh | None = None,
    log: Callable[[str], object] = lambda _: None,
) -> list[str]:
    """Run a refresh's steps, each as a run of its own, and return what failed.

    Both calendars are validated even if one fails, so that one night reports all bad files; the
    release is built only when neither failed.

    Args:
        planned: As `plan` returns it.
        instance: Dagster instance that stores the runs.
        job: Returns a job by its name.
        part_of: The refresh's own run, whose alert stands for those of its parts.
        config: What is forced.
        log: Takes a line.
    """
    failed: list[str] = []
    config = config or Refresh()

    def run(job: dg.JobDefinition, ops: Mapping[str, Any], **tags: str) -> Result:
        return job.execute_in_process(
            instance=instance,
            run_config=LOGGING | {"ops": ops},
            tags=OF_LOCATION | {PART_OF: part_of} | tags,
            raise_on_error=False,
        )

    for step in planned.steps:
        if failed and step.job == BUILD_RELEASE:
            break
        if step.job == BUILD_RELEASE and not config.force:
            from pipelines.defs.nightly.build_release import run_parts

            results = run_parts(job(step.job), run, log)
        else:
            range_of = dict(zip((RANGE_START, RANGE_END), step.periods or (), strict=False))
            of_feeds = _of_feeds(job(step.job), step.feeds)
            results = [run(of_feeds, _ops_config(step, config), **range_of)]
        failed += [f"{step.job} failed: {_why(one)}" for one in results if not one.success]
    return failed


def _of_feeds(job: dg.JobDefinition, feeds: Sequence[str]) -> dg.JobDefinition:
    """Return a job of some feeds alone, with the gate's own checks.

    Without naming checks, Dagster would add those between feeds, find nothing of the partitions
    that they read, and say for each that it is skipped.
    """
    if not feeds:
        return job
    from pipelines.defs.intake import ACCEPTED

    assets = [asset for asset in ACCEPTED if asset.key.path[1] in feeds]
    return job.get_subset(
        asset_selection={asset.key for asset in assets},
        asset_check_selection={key for asset in assets for key in asset.check_keys},
    )


def _ops_config(step: Step, config: Refresh) -> dict[str, Any]:
    if step.job == BUILD_RELEASE:
        return {"warehouse": {"config": {"anew": config.force}}}
    if not config.force:
        return {}
    periods = {name: Settings().periods(FEEDS[name].period_kind) for name in step.feeds}
    return {
        f"accepted__{name}": {
            "config": {
                "force": bool(only := [period for period in of if config.is_forced(name, period)]),
                "closed_because": config.closed_because if only else "",
                "only": only,
            }
        }
        for name, of in periods.items()
    }


def _why(result: Result) -> str:
    """Return the blocking checks that failed, with what to do; without any, the steps that did."""
    checks = [
        f"{check.asset_key.to_user_string()} {check.check_name} ({check.description or 'failed'})"
        + (f". {to_do.value}" if (to_do := check.metadata.get(TO_DO)) else "")
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
    ]
    steps = [
        f"{event.step_key} ({why_failed(event.step_failure_data)})"
        for event in result.get_step_failure_events()
    ]
    return "; ".join(checks or steps) or "see its run"


@dg.op(description="Validation, linkage, warehouse and release, each a run of its own.")
def refresh_everything(
    context: dg.OpExecutionContext, config: Refresh, code_location: dg.ResourceParam[CodeLocation]
) -> None:
    """Run a refresh within this run's process, or say that there is nothing to do."""
    settings = Settings()
    with fail_on_user_error(), writing(settings, "a refresh", context.log.info):
        if config.force:
            reasons.write(settings, "force refresh", config.reason)
        if unknown := set(config.feeds) - set(FEEDS):
            raise UserError(f"no such feed: {', '.join(sorted(unknown))}")
        settings.mark_keys()
        tighten(settings)
        store.receive(settings)
        planned = plan(settings, config.is_forced if config.force else None)
        context.log.info(planned.summary)
        for name in planned.incomplete:
            context.log.info(f"left for the next refresh, incomplete upload: {name}")

        def job(name: str) -> dg.JobDefinition:
            # Loads the code location, which nothing needs where nothing is new.
            return code_location().resolve_job_def(name)

        failed = run_refresh(
            planned, context.instance, job, context.run_id, config, context.log.info
        )
        tighten(settings)
    if failed:
        raise dg.Failure("; ".join(failed), allow_retries=False)


_TAGS = {MAX_RUNTIME: str(int(Settings().max_refresh_hours * 3600))}


@dg.job(
    name=REFRESH_JOB,
    logger_defs=LOGGERS,
    config=LOGGING,
    tags=_TAGS,
    description="Validate what is new, then build a release; does nothing where nothing is new. "
    "One process does it all: a process for each step would cost seconds a step.",
)
def nightly_refresh() -> None:
    """Refresh what changed."""
    refresh_everything()


_FORCED = {"ops": {"refresh_everything": {"config": {"force": True, "reason": ""}}}}


@dg.job(
    logger_defs=LOGGERS,
    tags=_TAGS,
    description="Validate deliveries again though nothing of them changed, and build and publish "
    "anew. In the launchpad, say why, and name feeds and periods unless it is for everything.",
    config=LOGGING | _FORCED,
)
def force_refresh() -> None:
    """Refresh everything, or the feeds and periods that are named."""
    refresh_everything()
