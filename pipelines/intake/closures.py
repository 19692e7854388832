"""Closed periods: what was declared final, and why it changed nevertheless.

Lives here: the log of closing, reopening and forcing, and what it says today.
Does not: refusing a delivery (`pipelines.intake.pending`).
"""

import getpass
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.errors import UserError
from pipelines.home import log as decisions
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import is_period

CLOSED, REOPENED, FORCED = "closed", "reopened", "forced"


class CannotClose(UserError):
    """Why a period can't be closed or reopened."""


@dataclass(frozen=True)
class Entry:
    """One line of the log: what happened to a feed's period, when, by whom and why."""

    at: str
    feed: str
    period: str
    what: str
    by: str
    reason: str


def log(settings: Settings) -> list[Entry]:
    """Return everything that was ever closed, reopened or forced, the oldest first."""
    return decisions.read(settings.closed, Entry)


def closed(settings: Settings) -> dict[tuple[str, str], str]:
    """Return the feeds and periods that are closed, with the reason of each."""
    now: dict[tuple[str, str], str] = {}
    for entry in log(settings):
        if entry.what == CLOSED:
            now[entry.feed, entry.period] = entry.reason
        elif entry.what == REOPENED:
            now.pop((entry.feed, entry.period), None)
    return now


def declare(settings: Settings, what: str, period: str, feed: str, reason: str) -> list[str]:
    """Close or reopen a period of a feed, or of all feeds that report by its calendar.

    Args:
        settings: Names the data home.
        what: `CLOSED` or `REOPENED`.
        period: The period.
        feed: The feed; all of the period's calendar where empty.
        reason: Why; the log keeps it.

    Returns:
        Names of the feeds whose period changed.

    Raises:
        CannotClose: There is no such feed or period, no reason, or nothing to change.
    """
    if not reason.strip():
        raise CannotClose("Say why: REASON=…")
    if feed and feed not in FEEDS:
        raise CannotClose(f"There is no feed {feed}. Feeds: {', '.join(FEEDS)}.")
    asked = [FEEDS[feed]] if feed else list(FEEDS.values())
    of_calendar = [one.name for one in asked if is_period(period, one.period_kind)]
    if not of_calendar:
        raise CannotClose(f"{period} is no period{f' of {feed}' if feed else ''}.")
    now = closed(settings)
    changed = [name for name in of_calendar if ((name, period) in now) != (what == CLOSED)]
    if not changed:
        raise CannotClose(f"{period} is {'already' if what == CLOSED else 'not'} closed.")
    write(settings, what, [(name, period) for name in changed], reason)
    return changed


def write(settings: Settings, what: str, of: Iterable[tuple[str, str]], reason: str) -> None:
    """Add lines to the log."""
    at, by = decisions.now(), getpass.getuser()
    new = [Entry(at, feed, period, what, by, reason.strip()) for feed, period in of]
    decisions.add(settings.closed, new)
