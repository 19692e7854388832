"""Alerts reach a mail server and a web server, once each, and come again when one was away."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipelines.alerts import channels, outbox
from pipelines.alerts.outbox import Alert
from pipelines.settings import AlertSettings, Settings

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
ALERT = Alert(
    key="run:1",
    title="nightly_refresh failed",
    happened="Failed: accepted__wage (OSError). The current release stays as it is.",
    where="http://localhost:3000/runs/1",
    anchor="alert-a-run-failed",
)


class SmtpHandler(socketserver.StreamRequestHandler):
    """Answers as a mail server does, and stores what it is sent."""

    def handle(self) -> None:
        self.say("220 test ready")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline()) != b".\r\n":
                    lines.append(text)
                self.server.mails.append(b"".join(lines))
            if word == b"RCPT":
                self.server.recipients.append(line.decode().strip().split(":")[1])
            self.say("221 bye" if word == b"QUIT" else "250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class HookHandler(BaseHTTPRequestHandler):
    """Keeps what is posted, and answers with the status its server was given."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((json.loads(body), dict(self.headers)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def mail_server() -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), SmtpHandler)
    server.mails, server.recipients = [], []
    with serving(server):
        yield server


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), HookHandler)
    server.posts, server.status = [], 200
    with serving(server):
        yield server


@pytest.fixture
def outlets(mail_server: Any, hook: Any, monkeypatch: pytest.MonkeyPatch) -> list[outbox.Channel]:
    """Return the channels as the environment chooses them."""
    for name, value in {
        "EMAIL_TO": "ops@example.org, data@example.org",
        "EMAIL_FROM": "pathways@example.org",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail_server.server_address[1]),
        "SMTP_SECURITY": "none",
        "WEBHOOK_URL": f"http://127.0.0.1:{hook.server_address[1]}/alerts",
        "WEBHOOK_TOKEN": "a secret",
    }.items():
        monkeypatch.setenv(f"PATHWAYS_ALERT_{name}", value)
    return channels.channels(AlertSettings())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_without_settings_an_alert_goes_to_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    through = channels.channels(AlertSettings())
    assert [channel.name for channel in through] == ["log"]
    outbox.post(settings, [ALERT], NOW)
    assert outbox.deliver(settings, through, NOW) == 0
    assert "nightly_refresh failed" in caplog.text
    assert "docs/operate.md#alert-a-run-failed" in caplog.text


def test_an_alert_reaches_every_recipient_and_the_webhook_once(
    settings: Settings, outlets: list[outbox.Channel], mail_server: Any, hook: Any
) -> None:
    assert outbox.post(settings, [ALERT], NOW) == 1
    assert outbox.post(settings, [ALERT], NOW) == 0
    for _ in range(2):
        assert outbox.deliver(settings, outlets, NOW) == 0

    assert mail_server.recipients == ["<ops@example.org>", "<data@example.org>"]
    assert len(mail_server.mails) == 1
    mail = message_from_bytes(mail_server.mails[0])
    assert mail["Subject"] == "[Pathway Outcomes] nightly_refresh failed"
    text = mail.get_payload(decode=True).decode()
    for part in (ALERT.happened, ALERT.where, "docs/operate.md#alert-a-run-failed"):
        assert part in text

    [(posted, headers)] = hook.posts
    assert posted["text"] == ALERT.text
    assert posted["where"] == ALERT.where
    assert headers["Authorization"] == "Bearer a secret"


def test_what_one_server_refused_is_sent_to_it_alone_later(
    settings: Settings,
    outlets: list[outbox.Channel],
    mail_server: Any,
    hook: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hook.status = 500
    outbox.post(settings, [ALERT], NOW)
    assert outbox.deliver(settings, outlets, NOW) == 1
    assert "alert not sent by webhook, trying again later: HTTPError" in caplog.text
    # Too early to try again.
    assert outbox.deliver(settings, outlets, NOW + timedelta(seconds=30)) == 1
    assert len(hook.posts) == 1
    hook.status = 200
    assert outbox.deliver(settings, outlets, NOW + timedelta(seconds=90)) == 0
    assert len(hook.posts) == 2
    assert len(mail_server.mails) == 1


def test_the_wait_between_tries_grows_and_ends(
    settings: Settings, outlets: list[outbox.Channel], hook: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    outbox.post(settings, [ALERT], NOW)
    due = [0, 1, 3, 7, 15, 31, 63]
    due += range(63 + outbox.LONGEST_WAIT_MINUTES, 8 * 24 * 60, outbox.LONGEST_WAIT_MINUTES)
    tried = []
    for minute in sorted({0, *due, *(minute - 1 for minute in due[1:])}):
        outbox.deliver(settings, outlets, NOW + timedelta(minutes=minute))
        if len(hook.posts) > len(tried):
            tried.append(minute)
    assert tried == due[: len(tried)]
    assert timedelta(minutes=tried[-1]) > outbox.GIVE_UP_AFTER
    assert timedelta(minutes=tried[-2]) <= outbox.GIVE_UP_AFTER
    assert "alert given up" in caplog.text


def test_a_server_that_is_not_there_raises_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    alerting = AlertSettings(
        smtp_host="127.0.0.1", smtp_port=1, email_to="ops@example.org", smtp_password="hunter2"
    )
    outbox.post(settings, [ALERT], NOW)
    assert outbox.deliver(settings, channels.channels(alerting), NOW) == 1
    assert "ConnectionRefusedError" in caplog.text
    assert "hunter2" not in caplog.text


def test_an_outbox_that_cannot_be_written_raises_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.alerts.write_text("a file where the folder should be")
    assert outbox.post(settings, [ALERT], NOW) == 0
    assert outbox.deliver(settings, channels.channels(AlertSettings()), NOW) == 0
    assert "alert could not be stored" in caplog.text


def test_a_damaged_alert_does_not_keep_others_back(
    settings: Settings, outlets: list[outbox.Channel], hook: Any
) -> None:
    outbox.post(settings, [ALERT], NOW)
    (settings.alerts / "0.json").write_text("{")
    outbox.deliver(settings, outlets, NOW)
    assert len(hook.posts) == 1


def test_old_alerts_are_forgotten(settings: Settings) -> None:
    outbox.post(settings, [ALERT], NOW)
    assert outbox.forget(settings, NOW) == 0
    assert outbox.forget(settings, NOW + timedelta(seconds=1)) == 1
    assert outbox.post(settings, [ALERT], NOW) == 1


@pytest.mark.parametrize("damaged", [b"", b'{"alert": {"key"', b"[]", b"{}", b"\xff\xfe"])
def test_a_damaged_alert_stops_nothing_and_may_be_raised_again(
    settings: Settings, caplog: pytest.LogCaptureFixture, damaged: bytes
) -> None:
    outbox.post(settings, [ALERT], NOW)
    [path] = settings.alerts.glob("*.json")
    path.write_bytes(damaged)
    assert outbox.deliver(settings, [], NOW) == 0
    assert "alert could not be read" in caplog.text
    assert path.name in caplog.text
    assert outbox.forget(settings, NOW) == 1
    assert outbox.post(settings, [ALERT], NOW) == 1


class Unreachable:
    """A channel whose server is away."""

    name = "unreachable"

    def send(self, alert: Alert) -> None:
        raise ConnectionRefusedError(alert.title)


@pytest.mark.parametrize("at", [None, "yesterday", "2026-11-24T02:00:00"])
def test_an_alert_whose_time_is_damaged_stops_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture, at: str | None
) -> None:
    outbox.post(settings, [ALERT], NOW)
    [path] = settings.alerts.glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"raised_at": at}))
    assert outbox.deliver(settings, [Unreachable()], NOW) == 0
    assert "alert could not be read" in caplog.text
    assert outbox.forget(settings, NOW) == 1


@pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd"])
def test_a_webhook_is_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="URL scheme"):
        AlertSettings(webhook_url=url)
