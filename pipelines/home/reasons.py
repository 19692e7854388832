"""Why somebody changed the data home in a way that does not come back by itself.

Lives here: asking for a reason, and the log of them. Does not: reasons of closed periods
(`pipelines.intake.closures`).
"""

import csv
import getpass
import os
from datetime import UTC, datetime

from pipelines.errors import UserError
from pipelines.settings import Settings


def given(reason: str) -> str:
    """Return a reason without blanks around it.

    Raises:
        UserError: There is none.
    """
    if not reason.strip():
        raise UserError("Say why: give a reason. It stays in reasons.csv of the data home.")
    return reason.strip()


def write(settings: Settings, what: str, reason: str) -> None:
    """Add a line to the log of the data home: when, what, by whom and why."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    is_new = not settings.reasons.exists()
    settings.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(settings.reasons, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(["at", "what", "by", "reason"])
        writer.writerow([at, what, getpass.getuser(), given(reason)])
