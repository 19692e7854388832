"""Why somebody changed the data home in a way that does not come back by itself.

Lives here: asking for a reason, and the log of them. Does not: reasons of closed periods
(`pipelines.intake.closures`).
"""

import getpass
from dataclasses import dataclass

from pipelines.errors import UserError
from pipelines.home import log
from pipelines.settings import Settings


@dataclass(frozen=True)
class Entry:
    """One line of the log: what was done, when, by whom and why."""

    at: str
    what: str
    by: str
    reason: str


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
    entry = Entry(log.now(), what, getpass.getuser(), given(reason))
    log.add(settings.reasons, [entry])
