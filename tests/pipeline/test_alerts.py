"""Runs that failed for real, and the alerts about them."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
import pytest

from pipelines.defs import intake
from pipelines.defs.nightly.refresh import PART_OF
from pipelines.defs.sensors import (
    alert_when_a_run_fails,
    alert_when_late_or_stale,
    due_alerts,
    failure_alert,
)
from pipelines.settings import AlertSettings
from tests.pipeline.conftest import Home
from tests.pipeline.test_changes import wage_files
from tests.pipeline.test_gate_stops import spoil

SETTINGS = AlertSettings(ui_url="https://pathways.example.org")


def failed_refresh(home: Home) -> dg.DagsterRun:
    assert not home.refresh().success
    [run] = home.instance.get_runs(dg.RunsFilter(job_name="nightly_refresh"))
    return run


def test_a_blocking_check_is_reported_once_and_without_values(one_quarter: Home) -> None:
    for path in wage_files(one_quarter):
        spoil(path, 0.1, "quarterly_wages_usd")
    run = failed_refresh(one_quarter)
    alert = failure_alert(one_quarter.instance, run, SETTINGS)
    assert alert
    assert alert.title == "nightly_refresh stopped: 1 blocking check(s) failed"
    assert "accepted/wage may_be_released: " in alert.happened
    assert "the limit is 5%" in alert.happened
    # It leads to the run that has the check, which tells nothing of its own.
    [part] = one_quarter.instance.get_runs(dg.RunsFilter(tags={PART_OF: run.run_id}))
    assert alert.where == f"https://pathways.example.org/runs/{part.run_id}"
    assert failure_alert(one_quarter.instance, part, SETTINGS) is None

    landed = pl.concat([pl.read_csv(path, infer_schema=False) for path in wage_files(one_quarter)])
    personal = landed.select("ssn", "first_name", "last_name").unpivot()["value"].drop_nulls()
    assert not {value for value in personal if len(value) > 3 and value in alert.text}


def test_an_error_is_reported_by_its_kind_and_never_by_its_text(
    one_quarter: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Maria Example, 123456789")

    monkeypatch.setattr(intake, "accept", fail)
    run = failed_refresh(one_quarter)
    alert = failure_alert(one_quarter.instance, run, SETTINGS)
    assert alert
    assert alert.title == "nightly_refresh failed"
    assert "accepted__wage (ValueError)" in alert.happened
    assert "Maria" not in alert.text
    assert "123456789" not in alert.text


def test_the_sensor_puts_a_failed_run_into_the_outbox(
    one_quarter: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for path in wage_files(one_quarter):
        spoil(path, 0.1, "quarterly_wages_usd")
    run = failed_refresh(one_quarter)
    monkeypatch.setenv("PATHWAYS_HOME", str(one_quarter.path))
    # Nobody listens there: the sensor ends well all the same.
    monkeypatch.setenv("PATHWAYS_ALERT_WEBHOOK_URL", "http://127.0.0.1:1/")
    [record] = one_quarter.instance.get_records_for_run(
        run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE
    ).records
    event = record.event_log_entry.dagster_event
    assert event
    context = dg.build_run_status_sensor_context(
        sensor_name="alert_when_a_run_fails",
        dagster_event=event,
        dagster_instance=one_quarter.instance,
        dagster_run=run,
    ).for_run_failure()
    for _ in range(2):
        alert_when_a_run_fails(context)
    [entry] = [json.loads(path.read_text()) for path in one_quarter.settings.alerts.iterdir()]
    assert entry["alert"]["key"] == f"run:{run.run_id}"
    assert list(entry["sent"]) == ["log"]
    assert caplog.text.count("nightly_refresh stopped") == 1 + caplog.text.count("not sent by")


def test_a_refresh_that_failed_is_not_also_missed(
    one_quarter: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(one_quarter.path))
    long_ago, now = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC)
    missed = [alert.key for alert in due_alerts(one_quarter.instance, long_ago, now)]
    assert [key.split(":")[0] for key in missed] == ["missed_refresh"]
    for path in wage_files(one_quarter):
        spoil(path, 0.1, "quarterly_wages_usd")
    failed_refresh(one_quarter)
    # Due within the next day, whenever this test runs.
    tomorrow = datetime.now(UTC) + timedelta(hours=23)
    assert due_alerts(one_quarter.instance, long_ago, tomorrow) == []


def test_the_watch_starts_nothing_and_counts_from_its_first_look(
    one_quarter: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(one_quarter.path))
    context = dg.build_sensor_context(instance=one_quarter.instance)
    outcome = alert_when_late_or_stale(context)
    assert isinstance(outcome, dg.SkipReason)
    assert context.cursor
    assert not list(one_quarter.settings.alerts.glob("*"))
