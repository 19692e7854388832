"""Rules of monitoring: a refresh that did not run, a feed without a new delivery, a release.

Lives here: pure rules on times and on the ledger, and the alerts they become.
Does not: Dagster's records (`pipelines.defs.sensors`), sending (`pipelines.alerts.outbox`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.alerts.outbox import Alert
from pipelines.settings import AlertSettings
from schemas import FEEDS

# The calendar that the nightly refresh runs by.
PACIFIC = ZoneInfo("America/Los_Angeles")
NIGHT = timedelta(hours=24)
# Warnings that an alert lists; a mail of hundreds is read by nobody.
MOST_LISTED = 20


@dataclass(frozen=True)
class Refresh:
    """A run of the nightly refresh."""

    status: Literal["running", "succeeded", "failed"]
    started_at: datetime
    ended_at: datetime | None


def missed_refresh(
    refreshes: Sequence[Refresh], watching_since: datetime, now: datetime, settings: AlertSettings
) -> Alert | None:
    """Return an alert when no refresh succeeded in the 24 hours before the last time it was due.

    A refresh that failed has an alert of its own. A time due before the watch began does not count.

    Args:
        refreshes: Runs of the last two days, in any order.
        watching_since: When the watch began.
        now: Time now.
        settings: When it is due, and how people reach the UI.
    """
    today = now.astimezone(PACIFIC).date()
    due = datetime.combine(today, settings.refresh_due, PACIFIC)
    if due > now:
        due = datetime.combine(today - timedelta(days=1), settings.refresh_due, PACIFIC)
    if due < watching_since:
        return None
    tonight = [run for run in refreshes if run.started_at > due - NIGHT]
    if any(run.status in ("succeeded", "failed") for run in tonight):
        return None
    running = [run for run in refreshes if run.status == "running"]
    if running:
        since = min(run.started_at for run in running).astimezone(PACIFIC)
        happened = f"It has been running since {since:%Y-%m-%d %H:%M} Pacific and has not ended."
    else:
        happened = f"None has started since {due - NIGHT:%Y-%m-%d %H:%M} Pacific."
    return Alert(
        key=f"missed_refresh:{due.date()}",
        title=f"The nightly refresh was not done by {due:%H:%M} on {due.date()}",
        happened=happened,
        where=f"{settings.ui_url}/automation",
        anchor="alert-the-nightly-refresh-was-not-done",
    )


def stale_feeds(
    deliveries: pl.DataFrame, now: datetime, days: Mapping[str, int] = {}
) -> dict[str, date]:
    """Return feeds whose last new accepted file came too long ago, and the day it came.

    A feed that nobody has ever delivered is not expected.

    Args:
        deliveries: The ledger, as `pipelines.intake.ledger.deliveries` gives it.
        now: Time now.
        days: Days without a delivery, by feed, where other than its `lateness`.
    """
    last = dict(
        deliveries.filter(pl.col("status") == "accepted")
        .group_by("feed")
        .agg(pl.col("received_at").max())
        .iter_rows()
    )
    return {
        name: last[name].date()
        for name, feed in FEEDS.items()
        if name in last
        and now - last[name] > timedelta(days=days.get(name, feed.lateness.late_after_days))
    }


def stale_alert(stale: Mapping[str, date], settings: AlertSettings) -> Alert | None:
    """Return one alert for all stale feeds; one for each last delivery of a feed."""
    if not stale:
        return None
    last = "; ".join(f"{name}: last new file of {day}" for name, day in stale.items())
    return Alert(
        key=f"stale_feed:{last}",
        title=f"No new delivery of {', '.join(stale)}",
        happened=f"A new file is overdue. {last}.",
        where=f"{settings.ui_url}/assets/landing/{next(iter(stale))}",
        anchor="alert-no-new-delivery",
    )


def release_alert(
    release_id: str, changes: Sequence[str], warnings: Sequence[str], settings: AlertSettings
) -> Alert | None:
    """Return the alert of a release that somebody should look at; None without a warning.

    Args:
        release_id: The release.
        changes: What it changes, a line for each kind.
        warnings: Changes and checks that warn, in names and counts.
        settings: How people reach the UI.
    """
    if not warnings:
        return None
    listed = "\n".join(f"- {line}" for line in warnings[:MOST_LISTED])
    more = len(warnings) - MOST_LISTED
    if more > 0:
        listed += f"\n- and {more} more, in quality.release_change and in the checks of the run"
    changed = "\n".join(f"- {line}" for line in changes)
    return Alert(
        key=f"release:{release_id}",
        title=f"Released with {len(warnings)} warning(s): {release_id}",
        happened=f"Warnings:\n{listed}\n\nWhat changed:\n{changed}",
        where=f"{settings.ui_url}/assets/releases/current",
        anchor="alert-released-with-warnings",
    )
