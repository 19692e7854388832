"""The gate: from landing to accepted, quarantine and identity.

Lives here: the order in which deliveries are read, judged, split and written, and the account of
every row. Does not: the rules themselves (`schemas`), reports (`pipelines.feedback`), whether a
release may be made (`pipelines.checks.release_gate`).

Quarantined values never appear in a message, a log or metadata: those hold rule names and counts.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.home.files import Fingerprint, replacing, sha256, write_parquet_if_new
from pipelines.home.snapshot import Damaged
from pipelines.home.staged import finish, stage
from pipelines.intake import closures, ledger, pending
from pipelines.intake.bundles.folders import files_in
from pipelines.intake.deidentify import DELIVERY, SCHEMA_FILE, accepted_schema, deidentify
from pipelines.intake.deliveries import Delivery
from pipelines.intake.holds.judgement import Batch, Judgement
from pipelines.intake.ledger import NO_AGREEMENT, DeliveryResult, Output
from pipelines.intake.pending import ForceOptions, PendingIntake
from pipelines.intake.readers import process
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import DeliveredText
from pipelines.intake.readers.hints import hints
from pipelines.intake.upgrade import upgrade
from pipelines.intake.validate import Verdict, judge
from pipelines.settings import Settings
from schemas import Feed

# A contract costs some 40 ms a call, for one row as for ten thousand, so periods are judged
# together. This many rows of k12_enrollment, the widest feed, took 4 s and 0.65 GB in all.
ROWS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Judged:
    """Deliveries that went through the gate together.

    Attributes:
        feed: Their feed, or its encoded form.
        results: One for each delivery, earlier periods first.
        delivered: All rows of all deliveries, as text with provenance; None for a refused file.
        verdict: Which of them are accepted; None for a refused file.
    """

    feed: Feed
    results: Sequence[DeliveryResult]
    delivered: pl.DataFrame | None = None
    verdict: Verdict | None = None


Report = Callable[[Judged], object]
# By folder, for each form of a feed its rows by period as polars gives them, and without any.
Tables = dict[Path, list[dict[tuple[object, ...], pl.DataFrame]]]


def accept(
    settings: Settings,
    feed: Feed,
    periods: Sequence[str],
    force: ForceOptions | None = None,
    report: Report = lambda _: None,
) -> dict[str, list[DeliveryResult]]:
    """Take what is new of a feed through the gate, and return the results by period.

    Each readable file replaces what is accepted of its submitter for the period; a file that is
    refused or held leaves that current. The files of a period are written beside those they take
    the place of, the ledger says so, and then they do: a dead run is finished or begun anew.

    Args:
        settings: Names the data home.
        feed: The feed.
        periods: Its periods.
        force: What is validated again though it did not change.
        report: Is called with what went through the gate, before the ledger is written.

    Raises:
        AssertionError: A row went missing: delivered is not accepted plus quarantined.
        Damaged: Accepted rows are gone or altered and their delivery is not landed any more.
    """
    upgrade(settings)
    intakes = pending.pending_intake(settings, feed, periods, force or ForceOptions())
    if lost := [f"{intake.period}/{name}" for intake in intakes for name in intake.lost]:
        raise Damaged(
            f"{feed.name}: accepted rows of {', '.join(lost[:5])} are damaged and their delivery "
            "is no longer in landing. Bring one or the other back from a backup."
        )
    by_period: dict[str, list[DeliveryResult]] = {}
    for batch in _batches(settings, feed, [intake for intake in intakes if intake.is_some], report):
        readable = [one for read in batch for one in read.readable]
        results: list[DeliveryResult] = []
        tables: Tables = {root: [] for root in _roots(settings, feed)}
        for form in dict.fromkeys(text.form(delivery, feed) for delivery, text in readable):
            of_form = [(one, text) for one, text in readable if text.form(one, feed) is form]
            results += _judge(settings, form, of_form, tables, report)
        for read in batch:
            of_period = [r for r in results if r.delivery.period == read.period]
            by_period[read.period] = _store(settings, feed, read, of_period, tables)
    if by_period:
        ledger.snapshot(settings.ledger).commit()
    return by_period


@dataclass(frozen=True)
class _Read:
    """What was delivered for a period: files that could be read, and results of the others.

    Withdrawn are contents that were held and are no longer in landing.
    """

    period: str
    readable: list[tuple[Delivery, DeliveredText]]
    refused: list[DeliveryResult]
    withdrawn: list[tuple[str, str]]


def _batches(
    settings: Settings, feed: Feed, intakes: Sequence[PendingIntake], report: Report
) -> Iterator[list[_Read]]:
    batch: list[_Read] = []
    deliveries = [delivery for intake in intakes for delivery in intake.judge]
    key = settings.shared_key() if any(one.is_encoded for one in deliveries) else None
    texts = process.read(settings, deliveries, key)
    for intake in intakes:
        if intake.changes_closed_period:
            closures.write(
                settings, closures.FORCED, [(feed.name, intake.period)], intake.closed_because
            )
        batch.append(_read_period(settings, feed, intake, texts, report))
        if sum(text.rows.height for read in batch for _, text in read.readable) >= ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _read_period(
    settings: Settings,
    feed: Feed,
    intake: PendingIntake,
    texts: Iterable[process.Outcome],
    report: Report,
) -> _Read:
    """Take the outcomes of a period's files from `texts`, which has them in their order."""
    read, refused = _Read(intake.period, [], [], intake.withdrawn), list(intake.refuse)
    for delivery, text in zip(intake.judge, texts, strict=False):
        # Gone, or written to while it was read: the next refresh finds it again.
        if text is None or not delivery.is_unchanged:
            continue
        if isinstance(text, FileRefused):
            refused.append((delivery, text))
        else:
            read.readable.append((delivery, text))
    for delivery, error in refused:
        if error.rules != (NO_AGREEMENT,):
            _quarantine_file(settings, delivery, error)
        result = DeliveryResult(delivery, refused=error.rules, message=error.message)
        report(Judged(feed, [result]))
        read.refused.append(result)
    return read


def _judge(
    settings: Settings,
    feed: Feed,
    readable: list[tuple[Delivery, DeliveredText]],
    tables: Tables,
    report: Report,
) -> list[DeliveryResult]:
    """Return what becomes of each file, and add to `tables` what is stored of their rows."""
    text = pl.concat([delivered.rows for _, delivered in readable], rechunk=True)
    verdict = judge(text, feed)
    rows, identities = deidentify(verdict.accepted, feed, settings.key(), settings.shared_key())
    deliveries = {(one.period, one.submitter): one for one, _ in readable}
    batch = Batch(feed, deliveries, text, rows, identities)
    judgement = Judgement(settings, batch)
    results = [
        replace(account, findings=judgement.findings(account))
        for account in _accounts(feed, readable, batch, verdict.quarantined)
    ]
    # What a held one would replace stays as it is, quarantined rows included.
    held = [(r.delivery.period, r.delivery.submitter) for r in results if r.is_held]
    of_held = pl.DataFrame(held, dict.fromkeys(DELIVERY, pl.String), orient="row")
    parts = {settings.quarantine: verdict.quarantined, settings.identity: identities}
    for root, stored in tables.items():
        part = parts.get(root, rows)
        if held:
            part = part.join(of_held, on=DELIVERY, how="anti", maintain_order="left")
        stored.append(part.partition_by("period", as_dict=True) | {(): part.clear()})
    report(Judged(feed, results, text, verdict))
    return results


def _accounts(
    feed: Feed,
    readable: list[tuple[Delivery, DeliveredText]],
    batch: Batch,
    quarantined: pl.DataFrame,
) -> Iterator[DeliveryResult]:
    """Yield the account of each file."""
    reasons = ledger.count_reasons(quarantined)
    of_columns = {
        place: tuple(map(feed.in_own_words, sentences))
        for place, sentences in hints(quarantined, feed).items()
    }
    good, bad = map(_sizes, (batch.rows, quarantined))
    for delivery, delivered in readable:
        place = (delivery.period, delivery.submitter)
        result = DeliveryResult(
            delivery=delivery,
            delivered_rows=delivered.rows.height,
            accepted_rows=good.get(place, 0),
            quarantined_rows=bad.get(place, 0),
            reasons=reasons.get(place, {}),
            notes=(*delivered.notes, *_fates(delivered, batch, place), *of_columns.get(place, ())),
        )
        result.check()
        yield result


def _fates(text: DeliveredText, batch: Batch, place: tuple[str, str]) -> tuple[str, ...]:
    return text.fates(batch.accepted.get(place, batch.rows.clear())) if text.origins else ()


def _sizes(rows: pl.DataFrame) -> dict[tuple[str, str], int]:
    return {(period, name): n for period, name, n in rows.group_by(DELIVERY).len().iter_rows()}


def _roots(settings: Settings, feed: Feed) -> tuple[Path, ...]:
    """Return the folders that hold a feed's rows, quarantine first and accepted last."""
    of_person = (settings.identity,) if feed.person_key else ()
    accepted = () if feed.is_for_linkage_alone else (settings.accepted,)
    return (settings.quarantine, *of_person, *accepted)


def _with_others(parts: list[pl.DataFrame], path: Path, others: set[str]) -> pl.DataFrame:
    """Return rows with those that a file has of other submitters, by submitter."""
    stored = []
    if others and path.exists():
        of_others = pl.col("submitter").is_in(others)
        stored = [pl.read_parquet(path, hive_partitioning=False).filter(of_others)]
    return pl.concat([*parts, *stored], how="diagonal").sort("submitter", maintain_order=True)


def _store(
    settings: Settings,
    feed: Feed,
    read: _Read,
    results: list[DeliveryResult],
    tables: Tables,
) -> list[DeliveryResult]:
    """Write what a period holds now, and return its results, those of refused files included."""
    of = (settings.ledger, "delivery", feed.name, read.period)
    replaced = {result.delivery.submitter for result in results if not result.is_held}
    others: set[str] = set()
    files: dict[Path, Fingerprint | None] = {}
    if replaced:
        others = ledger.intact(settings.root, ledger.read(*of).to_dicts()) - replaced
        for root, parts in tables.items():
            path = root / feed.name / f"period={read.period}.parquet"
            here = [part[read.period,] for part in parts if (read.period,) in part]
            whole = _with_others(here or [parts[0][()]], path, others)
            if root == settings.quarantine:
                files[path] = stage(None if whole.is_empty() else whole, path)
            else:
                files[path] = stage(whole.drop("period", strict=False), path)

    def outputs(submitter: str) -> tuple[Output, ...]:
        return tuple(
            ledger.output(settings.root, path, submitter, file) for path, file in files.items()
        )

    results = [
        one if one.is_held else replace(one, outputs=outputs(one.delivery.submitter))
        for one in results
    ] + read.refused
    results.sort(key=lambda result: result.delivery.submitter)
    if results or read.withdrawn:
        moved = {name: outputs(name) for name in others}
        ledger.record(
            settings.ledger, feed.name, read.period, results, withdrawn=read.withdrawn, moved=moved
        )
    for path in files:
        finish(path)
    return results


def _quarantine_file(settings: Settings, delivery: Delivery, refused: FileRefused) -> None:
    stem = f"{delivery.submitter}__{delivery.sha256[:12]}"
    folder = settings.quarantine / "files" / delivery.feed / f"period={delivery.period}"
    is_named = delivery.file_name == delivery.path.name
    for path in files_in(delivery.path):
        # A link, or what is no file, is named and not copied.
        if path.is_symlink() or not path.is_file():
            continue
        inner = "" if path == delivery.path else f"__{sha256(path)[:12]}"
        with replacing(folder / f"{stem}{inner}{path.suffix if is_named else ''}") as partial:
            shutil.copyfile(path, partial)
    with replacing(folder / f"{stem}.json") as partial:
        note = {"file": delivery.file_name, "rules": refused.rules, "message": refused.message}
        partial.write_text(json.dumps(note, indent=2))


def write_schema(settings: Settings, feed: Feed) -> None:
    """Write this feed's empty accepted file, so that a feed without deliveries can be read."""
    if not feed.is_for_linkage_alone:
        write_parquet_if_new(accepted_schema(feed), settings.accepted / feed.name / SCHEMA_FILE)
