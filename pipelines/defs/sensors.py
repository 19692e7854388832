"""Sensor `new_deliveries`: asks for a refresh when whole new files lie in landing.

Lives here: wrapping `pipelines.intake.arrivals`. Does not: telling a whole file from another.
"""

import json

import dagster as dg

from pipelines.defs.jobs import nightly_refresh
from pipelines.intake import arrivals
from pipelines.settings import Settings

SECONDS_APART = 60
_SHOWN = 5


@dg.sensor(
    job=nightly_refresh,
    minimum_interval_seconds=SECONDS_APART,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks into landing each minute and asks for a refresh once new files are whole: "
    "they look the same at two looks, or a .done or a fitting .sha256 is beside them.",
)
def new_deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for one refresh for what is new and whole; remember how the rest looks."""
    found = arrivals.look(Settings(), json.loads(context.cursor or "{}"))
    cursor = json.dumps(found.seen)
    if found.unfinished:
        return dg.SensorResult(
            skip_reason=f"{len(found.unfinished)} files are not whole yet, among them "
            f"{', '.join(found.unfinished[:_SHOWN])}",
            cursor=cursor,
        )
    if not found.whole:
        return dg.SensorResult(skip_reason="nothing new in landing", cursor=cursor)
    running = context.instance.get_runs_count(
        dg.RunsFilter(
            job_name=nightly_refresh.name,
            statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.QUEUED],
        )
    )
    if running:
        return dg.SensorResult(skip_reason="a refresh is under way", cursor=cursor)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=found.key, tags={"arrived": str(len(found.whole))})],
        cursor=cursor,
    )


SENSORS = [new_deliveries]
