"""Ways an alert goes out: the log, e-mail, a webhook.

Lives here: the channels and which of them the settings ask for. Does not: when an alert is sent
(`pipelines.alerts.outbox`).
"""

import json
import logging
import smtplib
import ssl
import urllib.request
from dataclasses import asdict, dataclass
from email.message import EmailMessage

from pipelines.alerts.outbox import Alert, Channel, alert_id
from pipelines.settings import AlertSettings

LOG = logging.getLogger("pathways.alerts")

# Seconds a mail or web server has to answer; a sensor's tick must end within 60.
TIMEOUT = 10


class LogChannel:
    """Writes an alert to the log of the process, which systemd and Docker collect."""

    name = "log"

    def send(self, alert: Alert) -> None:
        """Log it, on one line; the console of a refresh shows its title and page."""
        LOG.error(" ".join(alert.text.split()), extra={"words": f"{alert.title} ({alert.where})"})


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
        # A mail server recognises a message that it receives twice.
        message["Message-ID"] = f"<{alert_id(alert)}@pathway-outcomes>"
        message.set_content(alert.text)
        return message

    def send(self, alert: Alert) -> None:
        """Send it to every recipient."""
        mail = self.settings
        host, port = mail.smtp_host or "", mail.smtp_port
        if mail.smtp_security == "tls":
            server = smtplib.SMTP_SSL(
                host, port, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT)
        with server:
            if mail.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.smtp_user:
                server.login(mail.smtp_user, mail.smtp_password.get_secret_value())
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
        # Settings accept http and https alone.
        request = urllib.request.Request(str(self.settings.webhook_url), body, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310
            return


def channels(settings: AlertSettings) -> list[Channel]:
    """Return the channels that the settings ask for; the log is always one."""
    chosen: list[Channel] = [LogChannel()]
    if settings.smtp_host and settings.recipients:
        chosen.append(EmailChannel(settings))
    if settings.webhook_url:
        chosen.append(WebhookChannel(settings))
    return chosen
