"""What is new: which deliveries a refresh takes through the gate.

Lives here: comparing what lies in landing with the ledger.
Does not: judging a delivery (`pipelines.intake.accept`), what a change brings about elsewhere.

A delivery is known by the hash of its content. It is done if the ledger says so, for that content,
under the contract and code of today, and every file that the gate wrote for it is as it was
written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.home import code_version
from pipelines.intake import closures, ledger
from pipelines.intake.deliveries import (
    Delivery,
    HashCache,
    files_of,
    find_deliveries,
    incomplete_uploads,
    landed_periods,
)
from pipelines.intake.holds import releases
from pipelines.intake.holds.releases import Released
from pipelines.intake.landing import name_problem
from pipelines.intake.ledger import (
    CLOSED,
    HELD,
    NAME,
    NO_AGREEMENT,
    OUTSIDE,
    SAME_CONTENT,
    TWO_FILES,
)
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.upgrade import upgrade
from pipelines.settings import Settings
from schemas import FEEDS, Feed


@dataclass(frozen=True)
class ForceOptions:
    """What is validated again though nothing of it changed.

    Attributes:
        is_on: Whether deliveries that are done are validated again.
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
        refuse: Deliveries to refuse unread, with the message to their submitters.
        incomplete: Names of files that may still be being uploaded.
        lost: Submitters whose accepted rows are gone or altered, and whose file is gone too.
        withdrawn: Submitters and contents that were held and are no longer in landing.
        closed_because: Why a closed period is changed; empty where none is.
    """

    period: str
    judge: list[Delivery] = field(default_factory=list)
    refuse: list[tuple[Delivery, FileRefused]] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)
    closed_because: str = ""

    @property
    def changes_closed_period(self) -> bool:
        """Whether a closed period is changed."""
        return bool(self.closed_because and self.judge)

    @property
    def is_some(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.judge or self.refuse or self.lost or self.withdrawn)


def pending_intake(
    settings: Settings,
    feed: Feed,
    periods: Sequence[str],
    force: ForceOptions,
    incomplete: set[Path] | None = None,
) -> list[PendingIntake]:
    """Return what a feed has for the gate in each of some periods, in their order.

    Without an agreement, what lands of a feed for linkage alone is refused unread.

    Args:
        settings: Names the data home.
        feed: The feed.
        periods: Its periods.
        force: What is validated again though it did not change.
        incomplete: Files that may still be being uploaded, where the caller knows.
    """
    cache = HashCache(settings.landing, settings.landed)
    closed = closures.closed(settings)
    records = ledger.deliveries(settings.ledger, feed.name).partition_by("period", as_dict=True)
    if incomplete is None:
        files = files_of(settings.landing, {feed.name: periods})
        incomplete = incomplete_uploads(files, cache, settings.settle_seconds)
    intakes = []
    for period in periods:
        landed = find_deliveries(settings.landing, feed, period, cache)
        recorded = _Records(settings, feed.name, records.get((period,)))
        intake = PendingIntake(
            period,
            incomplete=[one.file_name for one in landed if one.path in incomplete],
            closed_because=force.of(period).closed_because if (feed.name, period) in closed else "",
        )
        may_change = (feed.name, period) not in closed or bool(intake.closed_because)
        complete = [one for one in landed if one.path not in incomplete]
        if feed.name in settings.feeds:
            _sort_out(intake, complete, recorded, may_change, force.of(period).is_on)
        else:
            intake.refuse.extend(_without_agreement(complete, recorded))
        intakes.append(intake)
    return intakes


class _Records:
    """What the ledger says of a feed's period, compared with the files of the data home."""

    def __init__(self, settings: Settings, feed: str, records: pl.DataFrame | None) -> None:
        self._version = code_version.gate(feed)
        self._feed, self._released = feed, releases.released(settings)
        rows = [] if records is None else records.to_dicts()
        self._of = {(row["submitter"], row["delivery_sha256"]): row for row in rows}
        self.current = {
            row["submitter"]: row["delivery_sha256"]
            for row in rows
            if row["is_current"] and row["outputs"] is not None
        }
        intact = ledger.intact(settings.root, rows)
        self.is_intact = {name: name in intact for name in self.current}

    def is_accepted(self, delivery: Delivery) -> bool:
        """Return whether the submitter's current rows are of this content."""
        return self.current.get(delivery.submitter) == delivery.sha256

    def refused_for(self, delivery: Delivery) -> list[str]:
        """Return the file rules for which this content was last refused."""
        reasons = self._row(delivery).get("reasons") or []
        return [rule for rule in reasons if rule.startswith("file:")]

    def is_done(self, delivery: Delivery) -> bool:
        """Return whether today's gate has judged this content, and what it wrote is there."""
        refused = self.refused_for(delivery)
        was_refused = bool(refused) and tuple(refused) not in OUTSIDE
        is_held = self._row(delivery).get("status") == HELD and not self._is_released(delivery)
        is_there = self.is_accepted(delivery) and self.is_intact[delivery.submitter]
        is_todays = self._row(delivery).get("gate_version") == self._version
        return is_todays and (was_refused or is_held or is_there)

    def withdrawn(self, landed: list[Delivery]) -> list[tuple[str, str]]:
        """Return the submitters and contents that were held and are not among landed ones."""
        here = {(delivery.submitter, delivery.sha256) for delivery in landed}
        return [k for k, row in self._of.items() if row["status"] == HELD and k not in here]

    def _is_released(self, delivery: Delivery) -> bool:
        now = (delivery.period, delivery.submitter, delivery.sha256)
        instead_of = self.current.get(delivery.submitter, "")
        return Released(self._feed, *now, instead_of=instead_of) in self._released

    def _row(self, delivery: Delivery) -> dict[str, Any]:
        return self._of.get((delivery.submitter, delivery.sha256), {})


def _sort_out(
    intake: PendingIntake,
    landed: list[Delivery],
    recorded: _Records,
    may_change: bool,
    is_forced: bool,
) -> None:
    """Put each landed delivery that is not done where it belongs, and name what is lost."""
    files = Counter(delivery.submitter for delivery in landed)
    twins = _twins(landed, recorded)
    for delivery in landed:
        is_closed = not may_change and not recorded.is_accepted(delivery)
        refusal = _refusal(delivery, files, twins, is_closed)
        if refusal:
            if recorded.refused_for(delivery) != list(refusal.rules):
                intake.refuse.append((delivery, refusal))
        elif not may_change:
            if not recorded.is_intact[delivery.submitter]:
                intake.judge.append(delivery)
        elif is_forced or not recorded.is_done(delivery):
            intake.judge.append(delivery)
    intake.lost.extend(_lost(intake, landed, recorded))
    intake.withdrawn.extend(recorded.withdrawn(landed))


def _without_agreement(
    landed: list[Delivery], recorded: _Records
) -> Iterator[tuple[Delivery, FileRefused]]:
    """Yield deliveries that nobody may read, and were not refused for that yet.

    What was accepted under an agreement stays as it is: linkage passes over it.
    """
    for delivery in landed:
        if not recorded.is_accepted(delivery) and recorded.refused_for(delivery) != [NO_AGREEMENT]:
            yield delivery, FileRefused(NO_AGREEMENT, _NO_AGREEMENT)


def _lost(intake: PendingIntake, landed: list[Delivery], recorded: _Records) -> list[str]:
    """Return submitters whose accepted rows are gone and cannot be had from landing."""
    judged = {delivery.submitter for delivery in intake.judge}
    contents = {(delivery.submitter, delivery.sha256) for delivery in landed}
    return [
        name
        for name, intact in recorded.is_intact.items()
        if not intact and name not in judged and (name, recorded.current[name]) not in contents
    ]


def _refusal(
    delivery: Delivery,
    files: Mapping[str, int],
    twins: Mapping[Delivery, Delivery],
    is_closed: bool,
) -> FileRefused | None:
    """Return why a file is refused unread; None where it is read."""
    if problem := name_problem(delivery.path.name):
        return FileRefused(NAME, problem)
    if files[delivery.submitter] > 1:
        return FileRefused(TWO_FILES, _TWO_FILES)
    if delivery in twins:
        return FileRefused(SAME_CONTENT, _same_content(delivery, twins[delivery]))
    return FileRefused(CLOSED, _closed(delivery)) if is_closed else None


def _twins(landed: list[Delivery], recorded: _Records) -> dict[Delivery, Delivery]:
    """Return deliveries that another has the bytes of, with that one.

    The one that counts is the accepted one, or else the one with the shortest name.
    """
    by_content: dict[str, list[Delivery]] = {}
    for delivery in landed:
        if delivery.stat and delivery.stat.bytes and not name_problem(delivery.path.name):
            by_content.setdefault(delivery.sha256, []).append(delivery)
    twins = {}
    for same in by_content.values():
        first, *others = sorted(
            same, key=lambda one: (not recorded.is_accepted(one), len(one.path.name))
        )
        twins |= {one: first for one in others if one.submitter != first.submitter}
    return twins


def _same_content(delivery: Delivery, first: Delivery) -> str:
    return (
        f"{delivery.file_name} has the same content as {first.file_name}, which counts. Remove "
        "one of them."
    )


_NO_AGREEMENT = (
    "The file was not read, and no row of it is stored: the agency has named no agreement under "
    "which it may link by this feed. Once it does, the next refresh reads the file."
)
_TWO_FILES = "The submitter has two files of one name for this period; keep one."


def _closed(delivery: Delivery) -> str:
    return (
        f"{delivery.path.name} was not taken: {delivery.period} of {delivery.feed} is closed. "
        "What was accepted before stays current. Ask the agency to reopen the period."
    )


def scan_pending(settings: Settings) -> dict[str, list[PendingIntake]]:
    """Return for each feed what is new of all its periods, and store the hashes of the scan."""
    upgrade(settings)
    cache = HashCache(settings.landing, settings.landed)
    periods = {name: _periods(settings, feed) for name, feed in FEEDS.items()}
    files = files_of(settings.landing, periods)
    incomplete = incomplete_uploads(files, cache, settings.settle_seconds)
    for path in files:
        with suppress(OSError):
            cache.stat_and_hash(path)
    cache.save(files)
    return {
        name: pending_intake(settings, FEEDS[name], of, ForceOptions(), incomplete)
        for name, of in periods.items()
        if of
    }


def _periods(settings: Settings, feed: Feed) -> list[str]:
    """Return the periods that have a folder in landing or a record in the ledger, in order."""
    recorded = ledger.deliveries(settings.ledger, feed.name)["period"]
    some = {*landed_periods(settings.landing, feed), *recorded}
    return [period for period in settings.periods(feed.period_kind) if period in some]


def current_deliveries(
    settings: Settings, feed: Feed, periods: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records of deliveries that are current or lie in landing, and their reasons."""
    cache = HashCache(settings.landing, settings.landed)
    landed = {
        (period, delivery.submitter, delivery.sha256)
        for period in periods
        for delivery in find_deliveries(settings.landing, feed, period, cache)
    }
    key = ["period", "submitter", "delivery_sha256"]
    here = pl.DataFrame(sorted(landed), dict.fromkeys(key, pl.String), orient="row")
    records = ledger.deliveries(settings.ledger, feed.name).filter(pl.col("period").is_in(periods))
    shown = records.filter("is_current").vstack(
        records.filter(~pl.col("is_current")).join(here, on=key, how="semi")
    )
    reasons = ledger.reasons(settings.ledger, feed.name)
    current = shown.filter("is_current").select(key)
    return shown, reasons.join(current, on=key, how="semi")
