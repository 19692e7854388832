"""Jobs and the nightly schedule.

Lives here: what is run together and when. Does not: how a refresh is ordered (`pipelines.refresh`).
"""

import dagster as dg

from pipelines import refresh
from pipelines.defs.partitions import PARTITIONS
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

ACCEPT_JOBS = [
    dg.define_asset_job(
        refresh.ACCEPT[kind],
        selection=dg.AssetSelection.assets(
            *(["accepted", name] for name, feed in FEEDS.items() if feed.period_kind is kind)
        ),
        partitions_def=PARTITIONS[kind],
        description=f"Take the deliveries of each {kind.value.replace('_', ' ')} through the gate.",
    )
    for kind in PeriodKind
]

BUILD_RELEASE_JOB = dg.define_asset_job(
    refresh.BUILD_RELEASE,
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.groups("landing")
    - dg.AssetSelection.groups("accepted"),
    description="Link, build, test and publish what is accepted.",
)


@dg.op(description="Gate, linkage, warehouse and release, each a run of its own.")
def refresh_everything(context: dg.OpExecutionContext) -> None:
    """Run a whole refresh within this run's process."""
    # Jobs are resolved with all assets, and those are assembled above this file.
    from pipelines.definitions import defs

    try:
        refresh.run(Settings(), context.instance, defs.resolve_job_def)
    except refresh.RefreshFailed as error:
        raise dg.Failure(str(error), allow_retries=False) from None


@dg.job(
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
