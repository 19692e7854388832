"""Alerts, and an outbox that holds each until every channel took it.

Lives here: the alert, posting, sending, trying again. Does not: what an alert is raised for
(`pipelines.alerts.rules`, `pipelines.defs.sensors`), the channels (`pipelines.alerts.channels`).

An alert holds names of jobs, feeds, checks and files, counts and statewide values; never a value of
a row. Raising or sending one raises no error: monitoring must not break what it monitors.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from pipelines.home.files import replacing
from pipelines.settings import Settings

LOG = logging.getLogger("pathways.alerts")

# A channel that failed is tried again after 1, 2, 4, … minutes, at most this many.
LONGEST_WAIT_MINUTES = 60
# An alert that could not be sent for so long stays in the log alone.
GIVE_UP_AFTER = timedelta(days=7)
DOCS = "docs/operate.md"


@dataclass(frozen=True)
class Alert:
    """Something that needs a person's attention.

    Attributes:
        key: Identifies it; an alert is sent once for each key.
        title: One line.
        happened: What happened, in names and counts.
        where: A page of the UI or a file of the data home with the details.
        anchor: Section of docs/operate.md that says what to do.
    """

    key: str
    title: str
    happened: str
    where: str
    anchor: str

    @property
    def text(self) -> str:
        """The whole message."""
        return (
            f"{self.title}\n\n{self.happened}\n\nWhere to look: {self.where}\n"
            f"What to do: {DOCS}#{self.anchor}\n"
        )


class Channel(Protocol):
    """A way an alert goes out."""

    @property
    def name(self) -> str:
        """Its name in the outbox."""
        ...

    def send(self, alert: Alert) -> None:
        """Send an alert; raises whatever prevented it."""


@dataclass
class Entry:
    """An alert in the outbox, and the channels that took it."""

    alert: Alert
    raised_at: str
    sent: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    not_before: str = ""
    gave_up: bool = False


def alert_id(alert: Alert) -> str:
    """Return a hash of the alert's key, for file names and headers of mails."""
    return hashlib.sha256(alert.key.encode()).hexdigest()[:24]


# What reading a damaged entry, or a time in it, raises.
_DAMAGED = (KeyError, TypeError, ValueError)


def _read(path: Path) -> Entry:
    stored = json.loads(path.read_text())
    return Entry(**stored | {"alert": Alert(**stored["alert"])})


def _write(path: Path, entry: Entry) -> None:
    with replacing(path) as partial:
        partial.write_text(json.dumps(asdict(entry), indent=2))


def post(settings: Settings, alerts: Sequence[Alert], now: datetime) -> int:
    """Put alerts into the outbox; return how many were not there yet.

    Args:
        settings: The installation.
        alerts: Alerts to send.
        now: Time now, with its zone.
    """
    new = 0
    for alert in alerts:
        path = settings.alerts / f"{alert_id(alert)}.json"
        try:
            if not path.exists():
                _write(path, Entry(alert, now.isoformat()))
                new += 1
        except OSError as error:
            # A full disk is worth an alert itself: only the log is left for it.
            LOG.error("alert could not be stored: %s: %s", type(error).__name__, alert.title)
    return new


def deliver(settings: Settings, through: Sequence[Channel], now: datetime) -> int:
    """Send the outbox through every channel that has not had it; return how many alerts wait.

    A channel that fails is logged and tried again later; others go on.

    Args:
        settings: The installation.
        through: Channels, as `channels` returns them.
        now: Time now, with its zone.
    """
    waiting = 0
    for path in sorted(settings.alerts.glob("*.json")):
        try:
            entry = _read(path)
            missing = [channel for channel in through if channel.name not in entry.sent]
            if entry.gave_up or not missing:
                continue
            if not entry.not_before or datetime.fromisoformat(entry.not_before) <= now:
                _attempt(entry, missing, now)
                _write(path, entry)
            waiting += not entry.gave_up and any(c.name not in entry.sent for c in through)
        except (OSError, *_DAMAGED) as error:
            LOG.error("alert could not be read: %s: %s", type(error).__name__, path.name)
    return waiting


def _attempt(entry: Entry, missing: Sequence[Channel], now: datetime) -> None:
    failed = False
    for channel in missing:
        try:
            channel.send(entry.alert)
            entry.sent[channel.name] = now.isoformat()
        except Exception as error:  # no error of a server or library may reach a run
            failed = True
            # Servers repeat addresses and passwords in their messages: the kind is enough.
            LOG.error(
                "alert not sent by %s, trying again later: %s: %s",
                channel.name,
                type(error).__name__,
                entry.alert.title,
            )
    if not failed:
        return
    entry.attempts += 1
    wait = timedelta(minutes=min(2 ** (entry.attempts - 1), LONGEST_WAIT_MINUTES))
    entry.not_before = (now + wait).isoformat()
    if now - datetime.fromisoformat(entry.raised_at) > GIVE_UP_AFTER:
        entry.gave_up = True
        LOG.error("alert given up: %s", entry.alert.title)


def forget(settings: Settings, before: datetime) -> int:
    """Remove alerts raised before a time, or damaged: they may be raised again; return how many."""
    old = [path for path in settings.alerts.glob("*.json") if not _is_recent(path, before)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _is_recent(path: Path, before: datetime) -> bool:
    try:
        return datetime.fromisoformat(_read(path).raised_at) >= before
    except _DAMAGED:
        return False
