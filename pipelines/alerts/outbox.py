"""Alerts: what they say, and getting them out by log, e-mail or webhook.

Lives here: the alert, the channels, and an outbox that holds an alert until every channel took it.
Does not: what an alert is raised for (`pipelines.alerts.rules`, `pipelines.defs.alert_sensors`).

An alert holds names of jobs, feeds, checks and files, and counts; never a value of a row. Raising
or sending one raises no error: what is watched must not fail because it is watched.
"""

import hashlib
import json
import logging
import smtplib
import ssl
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from pipelines.home.files import replacing
from pipelines.settings import AlertSettings, Settings

LOG = logging.getLogger("pathways.alerts")

# Seconds a mail or web server has to answer; a sensor's tick must end within 60.
PATIENCE = 10
# A channel that refused is asked again after 1, 2, 4, … minutes, at most this many.
LONGEST_WAIT_MINUTES = 60
# What could not be sent for so long is left to the log.
GIVE_UP_AFTER = timedelta(days=7)
DOCS = "docs/operate.md"


@dataclass(frozen=True)
class Alert:
    """Something a person should look at.

    Attributes:
        key: Tells it from others; an alert is sent once for each key.
        title: One line.
        happened: What happened, in names and counts.
        where: Where to look: a page of the UI or a file of the data home.
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
        """What the outbox calls it."""
        ...

    def send(self, alert: Alert) -> None:
        """Send an alert; raises whatever kept it from going out."""


class LogChannel:
    """Writes an alert to the log of the process, which systemd and Docker keep."""

    name = "log"

    def send(self, alert: Alert) -> None:
        """Log it, on one line."""
        LOG.error(" ".join(alert.text.split()))


@dataclass(frozen=True)
class EmailChannel:
    """Sends an alert through an SMTP server."""

    settings: AlertSettings
    name: str = "email"

    def message(self, alert: Alert) -> EmailMessage:
        """Return an alert as a mail."""
        message = EmailMessage()
        message["Subject"] = f"[Pathway Outcomes] {alert.title}"
        message["From"] = self.settings.email_from
        message["To"] = ", ".join(self.settings.recipients)
        # A mail server that gets a message twice can tell by this.
        message["Message-ID"] = f"<{_id(alert)}@pathway-outcomes>"
        message.set_content(alert.text)
        return message

    def send(self, alert: Alert) -> None:
        """Send it to every recipient."""
        at = self.settings
        host, port = at.smtp_host or "", at.smtp_port
        if at.smtp_security == "tls":
            server = smtplib.SMTP_SSL(
                host, port, timeout=PATIENCE, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
        with server:
            if at.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if at.smtp_user:
                server.login(at.smtp_user, at.smtp_password.get_secret_value())
            server.send_message(self.message(alert))


@dataclass(frozen=True)
class WebhookChannel:
    """Posts an alert as JSON; `text` is what chat tools show."""

    settings: AlertSettings
    name: str = "webhook"

    def send(self, alert: Alert) -> None:
        """Post it."""
        headers = {"Content-Type": "application/json"}
        token = self.settings.webhook_token.get_secret_value()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps(asdict(alert) | {"text": alert.text}).encode()
        # Settings take http and https alone.
        request = urllib.request.Request(str(self.settings.webhook_url), body, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
            return


def channels(settings: AlertSettings) -> list[Channel]:
    """Return the channels that the environment asks for; the log is always one."""
    found: list[Channel] = [LogChannel()]
    if settings.smtp_host and settings.recipients:
        found.append(EmailChannel(settings))
    if settings.webhook_url:
        found.append(WebhookChannel(settings))
    return found


@dataclass
class Entry:
    """An alert in the outbox, and how far it has come."""

    alert: Alert
    raised_at: str
    sent: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    not_before: str = ""
    gave_up: bool = False


def _id(alert: Alert) -> str:
    return hashlib.sha256(alert.key.encode()).hexdigest()[:24]


# What reading an entry, or a time in it, raises where its file is damaged.
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
        alerts: What is to be sent.
        now: Time now, with its zone.
    """
    new = 0
    for alert in alerts:
        path = settings.alerts / f"{_id(alert)}.json"
        try:
            if not path.exists():
                _write(path, Entry(alert, now.isoformat()))
                new += 1
        except OSError as error:
            # A full disk is worth an alert itself: the log is what is left.
            LOG.error("alert could not be kept: %s: %s", type(error).__name__, alert.title)
    return new


def deliver(settings: Settings, through: Sequence[Channel], now: datetime) -> int:
    """Send what is in the outbox through every channel that has not had it; return what is left.

    A channel that fails is logged and tried again later; others go on.

    Args:
        settings: The installation.
        through: Channels, as `channels` gives them.
        now: Time now, with its zone.
    """
    left = 0
    for path in sorted(settings.alerts.glob("*.json")):
        try:
            entry = _read(path)
            waiting = [channel for channel in through if channel.name not in entry.sent]
            if entry.gave_up or not waiting:
                continue
            if not entry.not_before or datetime.fromisoformat(entry.not_before) <= now:
                _attempt(entry, waiting, now)
                _write(path, entry)
            left += not entry.gave_up and any(c.name not in entry.sent for c in through)
        except (OSError, *_DAMAGED) as error:
            LOG.error("alert could not be read: %s: %s", type(error).__name__, path.name)
    return left


def _attempt(entry: Entry, waiting: Sequence[Channel], now: datetime) -> None:
    failed = False
    for channel in waiting:
        try:
            channel.send(entry.alert)
            entry.sent[channel.name] = now.isoformat()
        except Exception as error:  # whatever a server or library does must not reach a run
            failed = True
            # Servers repeat addresses and passwords in what they say: its kind is enough.
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
    old = [path for path in settings.alerts.glob("*.json") if not _is_kept(path, before)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _is_kept(path: Path, before: datetime) -> bool:
    try:
        return datetime.fromisoformat(_read(path).raised_at) >= before
    except _DAMAGED:
        return False
