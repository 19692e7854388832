"""Sensors and schedules: new deliveries start a refresh; failed, late and missing work alerts.

Lives here: what runs when, reading Dagster's records of runs and checks. Does not: deciding whether
an upload is complete (`pipelines.intake`), rules of alerts and their way out (`pipelines.alerts`).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import dagster as dg
from dagster import DagsterInstance

from pipelines.alerts import channels, outbox, rules
from pipelines.alerts.outbox import Alert
from pipelines.defs.jobs import BUILD_RELEASE_JOB, prune
from pipelines.defs.nightly.refresh import PART_OF, REFRESH_JOB, nightly_refresh
from pipelines.defs.runtime import LOGGING, why_failed
from pipelines.intake import ledger
from pipelines.intake.deliveries import find_arrivals
from pipelines.settings import AlertSettings, Settings

SECONDS_APART = 60
# Names of files in a message.
_SHOWN = 5
_STATUS: dict[dg.DagsterRunStatus, Literal["running", "succeeded", "failed"]] = {
    dg.DagsterRunStatus.SUCCESS: "succeeded",
    dg.DagsterRunStatus.FAILURE: "failed",
    # A user who cancels a run needs no alert that it did not end.
    dg.DagsterRunStatus.CANCELED: "failed",
}


@dg.sensor(
    job=nightly_refresh,
    minimum_interval_seconds=SECONDS_APART,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Scans landing each minute and starts a refresh once all new uploads are complete: "
    "unchanged between two scans, or with a .done or a matching .sha256 beside them.",
)
def new_deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Start one refresh for what is new and complete; the cursor holds the scan."""
    arrivals = find_arrivals(Settings(), json.loads(context.cursor or "{}"))
    cursor = json.dumps(arrivals.stats)
    if arrivals.incomplete:
        return dg.SensorResult(
            skip_reason=f"{len(arrivals.incomplete)} incomplete uploads, among them "
            f"{', '.join(arrivals.incomplete[:_SHOWN])}",
            cursor=cursor,
        )
    if not arrivals.complete:
        return dg.SensorResult(skip_reason="nothing new in landing", cursor=cursor)
    running = context.instance.get_runs_count(
        dg.RunsFilter(
            job_name=REFRESH_JOB,
            statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.QUEUED],
        )
    )
    if running:
        return dg.SensorResult(skip_reason="a refresh is running", cursor=cursor)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=arrivals.key, tags={"arrived": str(len(arrivals.complete))})
        ],
        cursor=cursor,
    )


def failed_checks(
    instance: DagsterInstance, run_id: str, *, only_blocking: bool = True
) -> dict[str, str]:
    """Return the checks that failed in a run, each with its description in counts."""
    records = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    events = [record.event_log_entry.dagster_event for record in records]
    checks = [event.asset_check_evaluation_data for event in events if event]
    return {
        f"{check.asset_key.to_user_string()} {check.check_name}": check.description or "failed"
        for check in checks
        if not check.passed and (check.blocking or not only_blocking)
    }


def failed_steps(instance: DagsterInstance, run_id: str) -> list[str]:
    """Return the steps that failed in a run, each with the reason."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in records]
    return [f"{e.step_key} ({why_failed(e.step_failure_data)})" for e in events if e]


def failure_alert(
    instance: DagsterInstance, run: dg.DagsterRun, settings: AlertSettings
) -> Alert | None:
    """Return the alert of a failed run; None for a run that is part of a refresh."""
    if PART_OF in run.tags:
        return None
    parts = instance.get_runs(dg.RunsFilter(tags={PART_OF: run.run_id}))
    runs = [part for part in parts if part.status is dg.DagsterRunStatus.FAILURE] or [run]
    checks = {k: v for one in runs for k, v in failed_checks(instance, one.run_id).items()}
    steps = [step for one in runs for step in failed_steps(instance, one.run_id)]
    if checks:
        title = f"{run.job_name} stopped: {len(checks)} blocking check(s) failed"
        happened = "; ".join(f"{name}: {description}" for name, description in checks.items())
        anchor = "alert-a-blocking-check-failed"
    else:
        title, anchor = f"{run.job_name} failed", "alert-a-run-failed"
        happened = f"Failed: {', '.join(steps)}" if steps else "Its process ended without an error"
    return Alert(
        key=f"run:{run.run_id}",
        title=title,
        happened=f"{happened}. The current release stays as it is.",
        where=f"{settings.ui_url}/runs/{runs[0].run_id}",
        anchor=anchor,
    )


def refreshes(instance: DagsterInstance, now: datetime) -> list[rules.Refresh]:
    """Return the nightly refreshes of the last two days."""
    records = instance.get_run_records(
        dg.RunsFilter(job_name=REFRESH_JOB, created_after=now - timedelta(days=2))
    )
    return [
        rules.Refresh(
            status=_STATUS.get(record.dagster_run.status, "running"),
            started_at=record.create_timestamp.astimezone(UTC),
            ended_at=datetime.fromtimestamp(record.end_time, UTC) if record.end_time else None,
        )
        for record in records
    ]


def due_alerts(instance: DagsterInstance, since: datetime, now: datetime) -> list[Alert]:
    """Return the alerts that are due now, apart from those of runs that failed.

    Args:
        instance: Stores the runs.
        since: When the watch began.
        now: Time now.
    """
    settings, alerting = Settings(), AlertSettings()
    stale = rules.stale_feeds(ledger.deliveries(settings.ledger), now, alerting.stale_after_days)
    alerts = (
        rules.missed_refresh(refreshes(instance, now), since, now, alerting),
        rules.stale_alert(stale, alerting),
    )
    return [alert for alert in alerts if alert]


def send_alerts(alerts: Sequence[Alert], now: datetime) -> int:
    """Post alerts, send all that wait, and return how many some channel has not sent."""
    settings = Settings()
    outbox.post(settings, alerts, now)
    return outbox.deliver(settings, channels.channels(AlertSettings()), now)


@dg.run_failure_sensor(
    name="alert_when_a_run_fails",
    minimum_interval_seconds=SECONDS_APART,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends an alert of every failed run and of the blocking checks that stopped it, "
    "through the channels of PATHWAYS_ALERT_…; docs/operate.md says what to do.",
)
def alert_when_a_run_fails(context: dg.RunFailureSensorContext) -> None:
    """Send the alert of a failed run."""
    alert = failure_alert(context.instance, context.dagster_run, AlertSettings())
    send_alerts([alert] if alert else [], datetime.now(UTC))


@dg.sensor(
    name="alert_when_late_or_stale",
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends an alert of a nightly refresh that was not done in time and of feeds "
    "without a new delivery, and sends again what a channel failed to send.",
)
def alert_when_late_or_stale(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Send due alerts and start nothing; the cursor holds when the watch began."""
    now = datetime.now(UTC)
    if not context.cursor:
        context.update_cursor(now.isoformat())
    since = datetime.fromisoformat(context.cursor) if context.cursor else now
    waiting = send_alerts(due_alerts(context.instance, since, now), now)
    return dg.SkipReason(f"{waiting} alerts wait for a channel" if waiting else "No alert waits.")


SENSORS = [new_deliveries, alert_when_a_run_fails, alert_when_late_or_stale]

_SCHEDULED = {
    "execution_timezone": "America/Los_Angeles",
    "default_status": dg.DefaultScheduleStatus.RUNNING,
}
SCHEDULES = [
    dg.ScheduleDefinition(
        name="nightly_refresh_at_two",
        job=nightly_refresh,
        cron_schedule="0 2 * * *",
        description="Every night at 02:00 Pacific, when no agency delivers.",
        **_SCHEDULED,
    ),
    dg.ScheduleDefinition(
        name="whole_build_on_saturdays",
        job=BUILD_RELEASE_JOB,
        run_config=LOGGING | {"ops": {"warehouse": {"config": {"anew": True}}}},
        cron_schedule="0 12 * * 6",
        description="Every Saturday at noon Pacific: all models, held by hash against the updates.",
        **_SCHEDULED,
    ),
    dg.ScheduleDefinition(
        name="prune_on_sundays",
        job=prune,
        run_config=LOGGING | {"ops": {"remove_old": {"config": {"reason": "every Sunday"}}}},
        cron_schedule="0 12 * * 0",
        description="Every Sunday at noon Pacific.",
        **_SCHEDULED,
    ),
]
