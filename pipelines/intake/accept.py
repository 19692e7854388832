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

from pipelines.home.files import remove, replacing, sha256, write_parquet_if_new
from pipelines.home.snapshot import Damaged
from pipelines.intake import closures, ledger, pending
from pipelines.intake.bundles.folders import files_in
from pipelines.intake.deidentify import DELIVERY, SCHEMA_FILE, accepted_schema, deidentify
from pipelines.intake.deliveries import Delivery
from pipelines.intake.holds.judgement import Batch, Judgement
from pipelines.intake.ledger import DeliveryResult, Output
from pipelines.intake.pending import ForceOptions, PendingIntake
from pipelines.intake.readers import process
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import DeliveredText
from pipelines.intake.readers.hints import hints
from pipelines.intake.upgrade import upgrade
from pipelines.intake.validate import REASONS, Verdict, judge
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


def accept(
    settings: Settings,
    feed: Feed,
    periods: Sequence[str],
    force: ForceOptions | None = None,
    report: Report = lambda _: None,
) -> dict[str, list[DeliveryResult]]:
    """Take what is new of a feed through the gate, and return the results by period.

    Each readable file replaces what is accepted of its submitter for the period; a file that is
    refused or held leaves that current. Quarantine is written before accepted, and the ledger last
    of all: a delivery that a dead run left half written is validated again.

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
        for form in dict.fromkeys(text.form(delivery, feed) for delivery, text in readable):
            of_form = [(one, text) for one, text in readable if text.form(one, feed) is form]
            results += _judge_and_write(settings, form, of_form, report)
        for read in batch:
            of_period = [r for r in results if r.delivery.period == read.period] + read.refused
            of_period.sort(key=lambda result: result.delivery.submitter)
            if of_period or read.withdrawn:
                ledger.record(
                    settings.ledger, feed.name, read.period, of_period, withdrawn=read.withdrawn
                )
            by_period[read.period] = of_period
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
        _quarantine_file(settings, delivery, error)
        result = DeliveryResult(delivery, refused=error.rules, message=error.message)
        report(Judged(feed, [result]))
        read.refused.append(result)
    return read


def _judge_and_write(
    settings: Settings, feed: Feed, readable: list[tuple[Delivery, DeliveredText]], report: Report
) -> list[DeliveryResult]:
    if not readable:
        return []
    text = pl.concat([delivered.rows for _, delivered in readable])
    verdict = judge(text, feed)
    rows, identities = deidentify(verdict.accepted, feed, settings.key(), settings.shared_key())
    accepted, identified, quarantined = map(_by_delivery, (rows, identities, verdict.quarantined))
    deliveries = {(one.period, one.submitter): one for one, _ in readable}
    judgement = Judgement(settings, Batch(feed, deliveries, text, accepted, identified))
    results = []
    for delivery, delivered in readable:
        here = (delivery.period, delivery.submitter)
        good = accepted.get(here, rows.clear())
        bad = quarantined.get(here, verdict.quarantined.clear())
        result = DeliveryResult(
            delivery=delivery,
            delivered_rows=delivered.rows.height,
            accepted_rows=good.height,
            quarantined_rows=bad.height,
            reasons=ledger.count_reasons(bad[REASONS]),
            notes=delivered.notes
            + delivered.fates(good)
            + tuple(map(feed.in_own_words, hints(bad, feed))),
        )
        result.check()
        result = replace(result, findings=judgement.findings(result))
        if result.is_held:
            # What it would replace stays as it is, quarantined rows included.
            results.append(result)
            continue
        tables = {settings.quarantine: None if bad.is_empty() else bad}
        if feed.person_key:
            tables[settings.identity] = identified.get(here, identities.clear()).drop(DELIVERY)
        tables[settings.accepted] = good.drop("period")
        outputs = tuple(_write(settings, delivery, *one) for one in tables.items())
        results.append(replace(result, outputs=outputs))
    report(Judged(feed, results, text, verdict))
    return results


def _write(settings: Settings, delivery: Delivery, root: Path, rows: pl.DataFrame | None) -> Output:
    """Write rows of a delivery to their file under `root`; None leaves no file."""
    path = _place(root, delivery)
    if rows is None:
        remove(path)
    else:
        write_parquet_if_new(rows, path)
    return ledger.output(settings.root, path, delivery.submitter)


def _by_delivery(frame: pl.DataFrame) -> dict[tuple[str, str], pl.DataFrame]:
    parts = frame.partition_by(DELIVERY, as_dict=True, maintain_order=True)
    return {(str(period), str(submitter)): part for (period, submitter), part in parts.items()}


def _quarantine_file(settings: Settings, delivery: Delivery, refused: FileRefused) -> None:
    stem = f"{delivery.submitter}__{delivery.sha256[:12]}"
    folder = _place(settings.quarantine / "files", delivery).parent
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


def _place(root: Path, delivery: Delivery) -> Path:
    return root / delivery.feed / f"period={delivery.period}" / f"{delivery.submitter}.parquet"


def write_schema(settings: Settings, feed: Feed) -> None:
    """Write this feed's empty accepted file, so that a feed without deliveries can be read."""
    write_parquet_if_new(accepted_schema(feed), settings.accepted / feed.name / SCHEMA_FILE)
