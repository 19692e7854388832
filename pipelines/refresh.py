"""The whole refresh, in order: both calendars through the gate, then link, build and publish.

Lives here: planning and running the three jobs one after another in one process.
Does not: what the jobs do (`pipelines.defs`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from pipelines.landing import landed_periods
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

BUILD_RELEASE = "build_release"
ACCEPT = {kind: f"accept_{kind.value}s" for kind in PeriodKind}

# Dagster's own tags for one run over a range of partitions, as a backfill in one run sets them.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


class RefreshFailed(Exception):
    """A step of the refresh failed; the current release is as it was."""


@dataclass(frozen=True)
class Step:
    """One job of a refresh and the tags it runs with."""

    job: str
    tags: dict[str, str]


def plan(settings: Settings) -> list[Step]:
    """Return the steps of a refresh: the landed range of each calendar, then the release.

    Periods are of the kept partitions; a folder outside of them is not read.
    """
    steps = []
    for kind, job in ACCEPT.items():
        kept = settings.periods(kind)
        landed = {
            period
            for feed in FEEDS.values()
            if feed.period_kind is kind
            for period in landed_periods(settings.landing, feed)
        }
        touched = [period for period in kept if period in landed]
        if touched:
            steps.append(Step(job, {RANGE_START: touched[0], RANGE_END: touched[-1]}))
    return [*steps, Step(BUILD_RELEASE, {})]


def run(
    settings: Settings, instance: dg.DagsterInstance, job: Callable[[str], dg.JobDefinition]
) -> None:
    """Run a whole refresh.

    Both calendars go through the gate even if one fails there, so that one night tells of all bad
    files; the release is built only when neither failed.

    Args:
        settings: The installation.
        instance: Dagster instance that keeps the runs.
        job: Gives a job by its name.

    Raises:
        RefreshFailed: A step failed; the message names the steps and the failed checks.
    """
    failed: list[str] = []
    for step in plan(settings):
        if failed and step.job == BUILD_RELEASE:
            break
        result = job(step.job).execute_in_process(
            instance=instance, tags=step.tags, raise_on_error=False
        )
        if not result.success:
            failed.append(f"{step.job}: {_failed_checks(result) or 'see the run for the error'}")
    if failed:
        raise RefreshFailed("; ".join(failed))


def _failed_checks(result: dg.ExecuteInProcessResult) -> str:
    return ", ".join(
        f"{check.asset_key.to_user_string()} {check.check_name} ({check.description or 'failed'})"
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR
    )
