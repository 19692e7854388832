"""Sensor `new_deliveries`: asks for a refresh when whole new files lie in landing.

Lives here: wrapping `pipelines.intake.deliveries`. Does not: deciding whether a file is complete.
"""

import json

import dagster as dg

from pipelines.defs.jobs import nightly_refresh
from pipelines.intake.deliveries import find_arrivals
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
    found = find_arrivals(Settings(), json.loads(context.cursor or "{}"))
    cursor = json.dumps(found.stats)
    if found.incomplete:
        return dg.SensorResult(
            skip_reason=f"{len(found.incomplete)} files are not whole yet, among them "
            f"{', '.join(found.incomplete[:_SHOWN])}",
            cursor=cursor,
        )
    if not found.complete:
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
        run_requests=[dg.RunRequest(run_key=found.key, tags={"arrived": str(len(found.complete))})],
        cursor=cursor,
    )


SENSORS = [new_deliveries]
