"""Sensors that raise alerts and send them.

Lives here: reading Dagster's records of runs and checks. Does not: rules
(`pipelines.alerts.rules`), messages' way out (`pipelines.alerts.outbox`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import dagster as dg
from dagster import DagsterInstance

from pipelines.alerts import outbox, rules
from pipelines.alerts.outbox import Alert
from pipelines.intake import ledger
from pipelines.settings import AlertSettings, Settings

REFRESH_JOB = "nightly_refresh"
# A run that a refresh started names the refresh here: the refresh itself tells of its failure.
PART_OF = "pathways/part_of"

_STATUS: dict[dg.DagsterRunStatus, Literal["running", "succeeded", "failed"]] = {
    dg.DagsterRunStatus.SUCCESS: "succeeded",
    dg.DagsterRunStatus.FAILURE: "failed",
    # Somebody stopped it, and knows.
    dg.DagsterRunStatus.CANCELED: "failed",
}


def failed_checks(instance: DagsterInstance, run_id: str) -> dict[str, str]:
    """Return the blocking checks that a run failed, each with what it found in counts."""
    found = {}
    for record in instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records:
        event = record.event_log_entry.dagster_event
        check = event.asset_check_evaluation_data if event else None
        if check and not check.passed and check.blocking:
            name = f"{check.asset_key.to_user_string()} {check.check_name}"
            found[name] = check.description or "failed"
    return found


def failed_steps(instance: DagsterInstance, run_id: str) -> list[str]:
    """Return the steps that failed in a run, each with the kind of its error.

    An error's text may repeat a value of a row, so its kind alone is told.
    """
    found = []
    for record in instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.STEP_FAILURE
    ).records:
        event = record.event_log_entry.dagster_event
        if event is None or event.step_failure_data.error is None:
            continue
        error = event.step_failure_data.error
        found.append(f"{event.step_key} ({(error.cause or error).cls_name})")
    return found


def failure_alert(
    instance: DagsterInstance, run: dg.DagsterRun, settings: AlertSettings
) -> Alert | None:
    """Return the alert of a failed run; None for a run that is part of a refresh."""
    if PART_OF in run.tags:
        return None
    parts = instance.get_runs(dg.RunsFilter(tags={PART_OF: run.run_id}))
    runs = [part for part in parts if part.status is dg.DagsterRunStatus.FAILURE] or [run]
    where = f"{settings.ui_url}/runs/{runs[0].run_id}"
    checks = {k: v for one in runs for k, v in failed_checks(instance, one.run_id).items()}
    key = f"run:{run.run_id}"
    if checks:
        told = "; ".join(f"{name}: {found}" for name, found in checks.items())
        return Alert(
            key=key,
            title=f"{run.job_name} stopped: {len(checks)} blocking check(s) failed",
            happened=f"{told}. The current release stays as it is.",
            where=where,
            anchor="alert-a-blocking-check-failed",
        )
    steps = [step for one in runs for step in failed_steps(instance, one.run_id)]
    told = f"Failed: {', '.join(steps)}" if steps else "Its process ended before it could say why"
    return Alert(
        key=key,
        title=f"{run.job_name} failed",
        happened=f"{told}. The current release stays as it is.",
        where=where,
        anchor="alert-a-run-failed",
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


def look(instance: DagsterInstance, since: datetime, now: datetime) -> list[Alert]:
    """Return what should be told of now, apart from runs that failed.

    Args:
        instance: Keeps the runs.
        since: When the watch began.
        now: Time now.
    """
    settings, alerting = Settings(), AlertSettings()
    stale = rules.stale_feeds(ledger.deliveries(settings.ledger), now, alerting.stale_after_days)
    found = (
        rules.missed_refresh(refreshes(instance, now), since, now, alerting),
        rules.stale_alert(stale, alerting),
    )
    return [alert for alert in found if alert]


def tell(alerts: Sequence[Alert], now: datetime) -> int:
    """Post alerts, send what waits, and return how many have not gone out everywhere."""
    settings = Settings()
    outbox.post(settings, alerts, now)
    return outbox.deliver(settings, outbox.channels(AlertSettings()), now)


@dg.run_failure_sensor(
    name="alert_when_a_run_fails",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of every failed run and of the blocking checks that stopped it, through "
    "the channels of PATHWAYS_ALERT_…; docs/operate.md says what to do.",
)
def alert_when_a_run_fails(context: dg.RunFailureSensorContext) -> None:
    """Raise the alert of a failed run."""
    alert = failure_alert(context.instance, context.dagster_run, AlertSettings())
    tell([alert] if alert else [], datetime.now(UTC))


@dg.sensor(
    name="alert_when_late_or_stale",
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of a nightly refresh that was not done in time and of feeds without a new "
    "delivery, and sends again what a channel did not take.",
)
def alert_when_late_or_stale(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look, tell, and start nothing; the cursor keeps when the watch began."""
    now = datetime.now(UTC)
    if not context.cursor:
        context.update_cursor(now.isoformat())
    since = datetime.fromisoformat(context.cursor) if context.cursor else now
    left = tell(look(context.instance, since, now), now)
    return dg.SkipReason(f"{left} alerts wait for a channel" if left else "Nothing waits.")


SENSORS = [alert_when_a_run_fails, alert_when_late_or_stale]
