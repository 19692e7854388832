"""When a refresh is late and a feed is stale."""

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from pipelines.alerts.rules import (
    PACIFIC,
    Refresh,
    missed_refresh,
    stale_alert,
    stale_feeds,
)
from pipelines.intake.ledger import DELIVERY_SCHEMA
from pipelines.settings import PROJECT, AlertSettings
from schemas.periods import PeriodKind
from schemas.policy import LATENESS

SETTINGS = AlertSettings()
# In winter and in summer, an hour after it was due at six.
SEVEN = [datetime(2026, month, 10, 7, tzinfo=PACIFIC) for month in (1, 7)]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at_two(seven: datetime, status: str, days_ago: int = 0) -> Refresh:
    start = seven.replace(hour=2) - timedelta(days=days_ago)
    return Refresh(status, start, None if status == "running" else start + timedelta(minutes=5))


@pytest.mark.parametrize("now", SEVEN)
def test_a_refresh_that_did_not_start_is_missed(now: datetime) -> None:
    yesterday = at_two(now, "succeeded", days_ago=1)
    alert = missed_refresh([yesterday], LONG_AGO, now.astimezone(UTC), SETTINGS)
    assert alert
    assert f"not done by 06:00 on {now.date()}" in alert.title
    assert "None has started since" in alert.happened


@pytest.mark.parametrize("now", SEVEN)
def test_a_refresh_that_still_runs_is_missed_and_one_that_ended_is_not(now: datetime) -> None:
    alert = missed_refresh([at_two(now, "running")], LONG_AGO, now, SETTINGS)
    assert alert
    assert "running since" in alert.happened
    # A failure has an alert of its own.
    for status in ("succeeded", "failed"):
        assert missed_refresh([at_two(now, status)], LONG_AGO, now, SETTINGS) is None


def test_nothing_is_missed_before_it_is_due_or_before_the_watch_began() -> None:
    now = SEVEN[0]
    early = now.replace(hour=5)
    assert missed_refresh([at_two(now, "succeeded", 1)], LONG_AGO, early, SETTINGS) is None
    assert missed_refresh([], now - timedelta(minutes=5), now, SETTINGS) is None
    assert missed_refresh([], now - timedelta(hours=2), now, SETTINGS)


def test_the_same_miss_is_one_alert() -> None:
    now = SEVEN[0]
    keys = {
        missed_refresh([], LONG_AGO, now + timedelta(minutes=minutes), SETTINGS).key
        for minutes in (0, 5, 600)
    }
    assert len(keys) == 1


def ledger(*rows: tuple[str, datetime, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"feed": feed, "received_at": at, "status": status} for feed, at, status in rows],
        {name: DELIVERY_SCHEMA[name] for name in ("feed", "received_at", "status")},
    )


def test_a_feed_is_stale_when_nothing_new_was_accepted_for_longer_than_its_period() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    quarter = timedelta(days=LATENESS[PeriodKind.QUARTER].late_after_days)
    year = timedelta(days=LATENESS[PeriodKind.ACADEMIC_YEAR].late_after_days)
    day = timedelta(days=1)
    records = ledger(
        ("wage", now - quarter - day, "accepted"),
        # A file that was set aside is no delivery that counts.
        ("wage", now - day, "rejected"),
        ("k12_enrollment", now - quarter - day, "accepted"),
        ("credential", now - year - day, "accepted"),
        ("credential", now - 2 * year, "accepted"),
    )
    stale = stale_feeds(records, now)
    assert stale == {
        "credential": (now - year - day).date(),
        "wage": (now - quarter - day).date(),
    }
    assert stale_feeds(records, now, {"wage": 200, "credential": 500}) == {}
    assert stale_feeds(records, now - 2 * day) == {}


def test_stale_feeds_are_one_alert_and_one_for_each_last_delivery() -> None:
    assert stale_alert({}, SETTINGS) is None
    day = datetime(2025, 11, 3, tzinfo=UTC).date()
    alert = stale_alert({"wage": day}, SETTINGS)
    assert alert
    assert alert == stale_alert({"wage": day}, SETTINGS)
    assert alert.key != stale_alert({"wage": day + timedelta(days=1)}, SETTINGS).key
    assert "wage: last new file of 2025-11-03" in alert.happened


def test_every_alert_has_a_section_that_says_what_to_do() -> None:
    headings = {
        line.lstrip("# ").lower().replace(" ", "-").replace(":", "")
        for line in (PROJECT / "docs" / "operate.md").read_text().splitlines()
        if line.startswith("#")
    }
    anchors = {
        anchor
        for path in ("alerts/rules.py", "defs/sensors.py")
        for anchor in re.findall(r'"(alert-[a-z-]+)"', (PROJECT / "pipelines" / path).read_text())
    }
    assert len(anchors) >= 4
    assert anchors <= headings
