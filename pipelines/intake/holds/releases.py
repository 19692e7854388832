"""Releasing a held delivery: which wait, and who took which all the same, and why.

Lives here: the log of releases and what it says today. Does not: holding a delivery
(`pipelines.intake.holds.judgement`), accepting a released one (`pipelines.intake.accept`).
"""

import getpass
from dataclasses import astuple, dataclass
from typing import Any

import polars as pl

from pipelines.errors import UserError
from pipelines.home import log
from pipelines.intake import ledger
from pipelines.settings import Settings


class CannotRelease(UserError):
    """Why a delivery can't be released."""


@dataclass(frozen=True)
class Released:
    """A content that may be accepted in the place of another.

    Attributes:
        feed: Its feed.
        period: Its period.
        submitter: Its submitter.
        delivery_sha256: The content.
        instead_of: The content that was current then; empty without one. In the place of any other,
            it is judged anew.
    """

    feed: str
    period: str
    submitter: str
    delivery_sha256: str
    instead_of: str


@dataclass(frozen=True)
class Entry(Released):
    """One line of the log: what was released, when, by whom and why."""

    at: str
    by: str
    reason: str


def released(settings: Settings) -> set[Released]:
    """Return what was ever released."""
    return {Released(*astuple(entry)[:5]) for entry in log.read(settings.released, Entry)}


def waiting(settings: Settings) -> list[dict[str, Any]]:
    """Return the records of deliveries that are held and not released, in order.

    Each has the accepted rows of what it would replace as `current_rows`, None without one, and its
    content as `instead_of`.
    """
    records = ledger.deliveries(settings.ledger)
    key = ["feed", "period", "submitter"]
    current = records.filter("is_current").select(
        *key,
        pl.col("accepted_rows").alias("current_rows"),
        pl.col("delivery_sha256").alias("instead_of"),
    )
    held = records.filter(pl.col("status") == ledger.HELD).join(current, on=key, how="left")
    held = held.with_columns(pl.col("instead_of").fill_null("")).sort(key)
    done = released(settings)
    return [row for row in held.to_dicts() if _as_released(row) not in done]


def _as_released(row: dict[str, Any]) -> Released:
    return Released(*(row[name] for name in Released.__dataclass_fields__))


def release(
    settings: Settings, submitter: str, reason: str, feed: str = "", period: str = ""
) -> dict[str, Any]:
    """Note that a held delivery may be accepted, and return its record; the next refresh takes it.

    Args:
        settings: Names the data home.
        submitter: Whose delivery.
        reason: Why; the log keeps it.
        feed: Its feed, where several of the submitter are held.
        period: Its period, likewise.

    Raises:
        CannotRelease: There is no reason, not one such delivery, or its file is not in landing.
    """
    if not reason.strip():
        raise CannotRelease("Say why: --reason …")
    asked = {"submitter": submitter} | {
        name: value for name, value in (("feed", feed), ("period", period)) if value
    }
    held = [
        row for row in waiting(settings) if all(row[name] == value for name, value in asked.items())
    ]
    of = " ".join(asked.values())
    if not held:
        raise CannotRelease(f"No delivery of {of} is held. See: pathways deliveries held")
    if len(held) > 1:
        places = ", ".join(f"{row['feed']} {row['period']}" for row in held)
        raise CannotRelease(f"{len(held)} deliveries of {of} are held: {places}. Name one.")
    [row] = held
    if not (settings.landing / row["feed"] / row["period"] / row["file_name"]).is_file():
        raise CannotRelease(f"{row['file_name']} is no longer in landing. Land it again.")
    of_row = {name: row[name] for name in Released.__dataclass_fields__}
    log.add(
        settings.released,
        [Entry(**of_row, at=log.now(), by=getpass.getuser(), reason=reason.strip())],
    )
    return row


def title(row: dict[str, Any]) -> str:
    """Return where the file of a held delivery is under landing, with its rows."""
    rows = f"{row['accepted_rows']:,} accepted rows, {row['current_rows'] or 0:,} current"
    return f"{row['feed']}/{row['period']}/{row['file_name']} ({rows})"
