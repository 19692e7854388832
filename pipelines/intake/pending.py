"""What changed: which deliveries a refresh has to take, and which it has taken already.

Lives here: what the gate made of each delivery, and comparing it with what lies in landing.
Does not: judging a delivery (`pipelines.intake.accept`), what a change brings about elsewhere.

A delivery is known by the hash of its content. It was taken if the gate's last word on its
submitter is about that content, under the contract and code of today, is in the ledger, and every
file the gate wrote for it is still as it was written.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import UserError
from pipelines.home import code_version
from pipelines.home.files import Fingerprint, replacing
from pipelines.intake import closures, ledger
from pipelines.intake.deliveries import (
    Delivery,
    HashCache,
    delivered_files,
    find_deliveries,
    incomplete_uploads,
    landed_periods,
)
from pipelines.intake.readers.base import FileRefused
from pipelines.settings import Settings
from schemas import FEEDS, Feed

MADE = "_made.json"
TWO_FILES, CLOSED = "file:two_files", "file:closed_period"


class Damaged(UserError):
    """What was accepted is gone or altered, and can't be made again from landing."""


@dataclass(frozen=True)
class ForceOptions:
    """What is taken again though nothing of it changed.

    Attributes:
        is_on: Whether deliveries that were taken are taken again.
        closed_because: Why closed periods are changed too; empty to leave them as they are.
        periods: Which periods; all of them where empty.
    """

    is_on: bool = False
    closed_because: str = ""
    periods: frozenset[str] = frozenset()

    def of(self, period: str) -> "ForceOptions":
        """Return what is forced of one period."""
        return self if not self.periods or period in self.periods else ForceOptions()


@dataclass(frozen=True)
class PendingIntake:
    """What a feed's period has for the gate.

    Attributes:
        period: The period.
        judge: Deliveries to read and judge.
        refuse: Deliveries to set aside unread, with what is said to their submitters.
        incomplete: Names of files that are not whole yet.
        lost: Submitters whose accepted rows are gone or altered, and whose file is gone too.
        closed_because: Why a closed period is changed; empty where none is.
    """

    period: str
    judge: list[Delivery] = field(default_factory=list)
    refuse: list[tuple[Delivery, FileRefused]] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    closed_because: str = ""

    @property
    def changes_closed_period(self) -> bool:
        """Whether a closed period is changed."""
        return bool(self.closed_because and self.judge)

    @property
    def is_some(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.judge or self.refuse or self.lost)


class Made:
    """What the gate made of a period's deliveries, kept beside the accepted rows.

    It is written last: a delivery that is in it has all its files and its ledger record.
    """

    def __init__(self, settings: Settings, feed: str, period: str) -> None:
        self._settings = settings
        self._path = settings.accepted / feed / f"period={period}" / MADE
        try:
            kept = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            kept = {}
        self.taken: dict[str, dict[str, Any]] = kept.get("taken", {})
        self.refused: dict[str, dict[str, Any]] = kept.get("refused", {})

    def took(self, delivery: Delivery, under: str, files: dict[str, Path]) -> None:
        """Note that a delivery was judged and its files are written; None's file is not there."""
        self.refused.pop(delivery.path.name, None)
        self.taken[delivery.submitter] = {
            "sha256": delivery.sha256,
            "under": under,
            "files": {
                str(path.relative_to(self._settings.root)): (
                    Fingerprint.of(path).as_list() if path.exists() else None
                )
                for path in files.values()
            },
        }

    def refuse(self, delivery: Delivery, under: str, rules: Sequence[str]) -> None:
        """Note that a delivery was set aside."""
        self.refused[delivery.path.name] = {
            "sha256": delivery.sha256,
            "under": under,
            "rules": list(rules),
        }

    def write(self, landed: Sequence[str]) -> None:
        """Write it down; what was refused and is no longer landed is forgotten."""
        refused = {name: one for name, one in self.refused.items() if name in landed}
        with replacing(self._path) as partial:
            partial.write_text(json.dumps({"taken": self.taken, "refused": refused}))

    def is_whole(self, submitter: str) -> bool:
        """Return whether all files made of a submitter's delivery are as they were written."""
        return all(
            not (self._settings.root / path).exists()
            if was is None
            else Fingerprint(*was).matches(self._settings.root / path)
            for path, was in self.taken[submitter]["files"].items()
        )


def pending_intake(
    settings: Settings,
    feed: Feed,
    periods: Sequence[str],
    force: ForceOptions,
    late: set[Path] | None = None,
) -> list[PendingIntake]:
    """Return what a feed has for the gate in each of some periods, in their order.

    Args:
        settings: Names the data home.
        feed: The feed.
        periods: Its periods.
        force: What is taken again though it did not change.
        late: Files that are not whole yet, where that was looked at.
    """
    known = HashCache(settings.landing, settings.landed)
    closed = closures.closed(settings)
    records = ledger.deliveries(settings.ledger, feed.name)
    held = set(records.select("period", "submitter", "delivery_sha256").iter_rows())
    if late is None:
        landing = settings.landing
        paths = [path for period in periods for path in delivered_files(landing, feed.name, period)]
        late = incomplete_uploads(paths, known, settings.settle_seconds)
    found = {period: find_deliveries(settings.landing, feed, period, known) for period in periods}
    return [
        _look(
            settings,
            feed,
            period,
            [delivery for delivery in found[period] if delivery.path not in late],
            [delivery.path.name for delivery in found[period] if delivery.path in late],
            held,
            (feed.name, period) in closed,
            force.of(period),
        )
        for period in periods
    ]


def _look(
    settings: Settings,
    feed: Feed,
    period: str,
    found: list[Delivery],
    late: list[str],
    held: set[tuple[str, str, str]],
    is_closed: bool,
    force: ForceOptions,
) -> PendingIntake:
    under, made = code_version.gate(feed.name), Made(settings, feed.name, period)
    may_change = not is_closed or bool(force.closed_because)
    files_of = Counter(delivery.submitter for delivery in found)
    intact = {name: made.is_whole(name) for name in made.taken}
    work = PendingIntake(
        period, incomplete=late, closed_because=force.closed_because if is_closed else ""
    )
    for delivery in found:
        name = delivery.submitter
        is_held = (period, name, delivery.sha256) in held
        taken = is_held and made.taken.get(name, {}).get("sha256") == delivery.sha256
        kept = made.refused.get(delivery.path.name, {})
        refused = kept.get("rules") if is_held and kept.get("sha256") == delivery.sha256 else None
        if files_of[name] > 1:
            if refused != [TWO_FILES]:
                work.refuse.append((delivery, FileRefused(TWO_FILES, _TWO_FILES)))
        elif not may_change and not taken:
            if refused != [CLOSED]:
                work.refuse.append((delivery, FileRefused(CLOSED, _closed(delivery))))
        elif not may_change:
            if not intact[name]:
                work.judge.append(delivery)
        elif force.is_on or (
            not (taken and intact[name] and made.taken[name]["under"] == under)
            and not (refused and refused not in _OF_OTHERS and kept["under"] == under)
        ):
            work.judge.append(delivery)
    mended = {delivery.submitter for delivery in work.judge}
    contents = {(delivery.submitter, delivery.sha256) for delivery in found}
    work.lost.extend(
        name
        for name, is_intact in intact.items()
        if not is_intact
        and name not in mended
        and (name, made.taken[name]["sha256"]) not in contents
    )
    return work


# Reasons to refuse a file that lie outside it: they may be gone.
_OF_OTHERS = ([TWO_FILES], [CLOSED])
_TWO_FILES = "The submitter has two files of one name for this period; keep one."


def _closed(delivery: Delivery) -> str:
    return (
        f"{delivery.path.name} was not taken: {delivery.period} of {delivery.feed} is closed. "
        "What was accepted before stays in force. Ask the agency to reopen the period."
    )


def scan_pending(settings: Settings) -> dict[str, list[PendingIntake]]:
    """Return for each feed what of all its landed periods is new, and write down what was seen."""
    known = HashCache(settings.landing, settings.landed)
    periods = {
        name: [p for p in settings.periods(feed.period_kind) if p in _periods(settings, feed)]
        for name, feed in FEEDS.items()
    }
    files = [
        path
        for name, of in periods.items()
        for period in of
        for path in delivered_files(settings.landing, name, period)
    ]
    late = incomplete_uploads(files, known, settings.settle_seconds)
    for path in files:
        if path.exists():
            known.stat_and_hash(path)
    known.save(files)
    return {
        name: pending_intake(settings, FEEDS[name], of, ForceOptions(), late)
        for name, of in periods.items()
        if of
    }


def _periods(settings: Settings, feed: Feed) -> set[str]:
    """Return the periods that have a folder in landing, or accepted rows to look after."""
    accepted = (settings.accepted / feed.name).glob(f"period=*/{MADE}")
    return {
        *landed_periods(settings.landing, feed),
        *(path.parent.name.removeprefix("period=") for path in accepted),
    }


def current_deliveries(
    settings: Settings, feed: Feed, periods: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the ledger's records of what is in force or lies in landing, and their reasons."""
    known = HashCache(settings.landing, settings.landed)
    landed = {
        (period, delivery.submitter, delivery.sha256)
        for period in periods
        for delivery in find_deliveries(settings.landing, feed, period, known)
    }
    key = ["period", "submitter", "delivery_sha256"]
    here = pl.DataFrame(sorted(landed), dict.fromkeys(key, pl.String), orient="row")
    records = ledger.deliveries(settings.ledger, feed.name).filter(pl.col("period").is_in(periods))
    kept = records.filter("in_force").vstack(
        records.filter(~pl.col("in_force")).join(here, on=key, how="semi")
    )
    reasons = ledger.reasons(settings.ledger, feed.name)
    in_force = kept.filter("in_force").select(key)
    return kept, reasons.join(in_force, on=key, how="semi")
