"""Back to the submitter: what became of a delivery, why, and what it does to their numbers.

Lives here: writing a report on each judged delivery under `reports/<feed>/<period>/<submitter>/`,
and remembering its figures for the next one. Does not: judging
(`pipelines.intake.accept`), checking a file before delivery (`pipelines.feedback.precheck`).

The page and the letter hold counts, rule names and row numbers. `rejected_rows.csv` holds the
rejected rows themselves; all files are readable by their owner alone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl

from pipelines.feedback import letter, page
from pipelines.feedback.report import Earlier, Report, build
from pipelines.home.files import PARTIAL, remove
from pipelines.intake.ledger import DeliveryResult
from schemas import FEEDS, Feed

PAGE, LETTER, FIGURES = "report.html", "report.txt", "figures.json"

__all__ = ["LETTER", "PAGE", "Report", "build", "compared", "write", "write_files", "write_refused"]


def write(
    root: Path,
    feed: Feed,
    accounts: Sequence[DeliveryResult],
    delivered: pl.DataFrame,
    quarantined: pl.DataFrame,
) -> None:
    """Write the reports on readable files of a feed.

    Args:
        root: Where reports are kept.
        feed: The feed, or its encoded form.
        accounts: One for each file, earlier periods first.
        delivered: All rows of all files, as text with provenance.
        quarantined: The rejected ones, with `_reasons` and `_messages`.
    """
    for report in build(feed, accounts, delivered, quarantined):
        told = compared(root, report)
        folder = _folder(root, told.account)
        write_files(folder, told)
        _write(folder / FIGURES, json.dumps(_kept(told), indent=1))


def write_refused(root: Path, account: DeliveryResult) -> None:
    """Write the report on a file that was refused; the figures of the last accepted one stay."""
    told = compared(root, Report(FEEDS[account.delivery.feed], account))
    write_files(_folder(root, account), told)


def write_files(folder: Path, report: Report) -> list[Path]:
    """Write a report's page, letter and rejected rows into a folder, and return their paths."""
    _write(folder / PAGE, page.html(report))
    _write(folder / LETTER, letter.text(report))
    rows = folder / letter.REJECTED_ROWS
    if report.rejected is None:
        remove(rows)
        return [folder / PAGE, folder / LETTER]
    # A spreadsheet takes a file without the mark for another encoding, and breaks names.
    _write(rows, "\ufeff" + report.rejected.write_csv())
    return [folder / PAGE, folder / LETTER, rows]


def compared(root: Path, report: Report) -> Report:
    """Return the report with the last accepted delivery of its submitter to compare with.

    That is the one it takes the place of or, for the first of its period, the last earlier one.
    """
    delivery = report.account.delivery
    kept = _read(_folder(root, report.account) / FIGURES)
    if kept and (report.account.refused or kept["sha256"] != delivery.sha256):
        return replace(report, before=_earlier(kept))
    if kept:
        # The same content again: it is held against what it was held against before.
        return replace(report, before=_earlier(kept["before"]) if kept["before"] else None)
    periods = sorted(
        path.parents[1].name
        for path in (root / delivery.feed).glob(f"*/{delivery.submitter}/{FIGURES}")
    )
    before = [period for period in periods if period < delivery.period]
    if not before:
        return report
    last = _read(root / delivery.feed / before[-1] / delivery.submitter / FIGURES)
    return replace(report, before=_earlier(last) if last else None)


def _kept(report: Report) -> dict:
    delivery = report.account.delivery
    now = Earlier(
        period=delivery.period,
        file_name=delivery.path.name,
        received_at=delivery.received_at.isoformat(),
        sha256=delivery.sha256,
        figures=report.figures,
    )
    return asdict(now) | {"before": asdict(report.before) if report.before else None}


def _earlier(kept: dict) -> Earlier:
    return Earlier(**{name: value for name, value in kept.items() if name != "before"})


def _read(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        # Not there, or cut short by a power failure: there is nothing to compare with.
        return None


def _folder(root: Path, account: DeliveryResult) -> Path:
    return root / account.delivery.feed / account.delivery.period / account.delivery.submitter


def _write(path: Path, content: str) -> None:
    """Replace a file by other content in one step.

    Not synced to disk: that took 10 s of the 12 s that 650 reports took, and the next refresh
    that judges the delivery makes them again.
    """
    written = content.encode()
    if path.exists() and path.read_bytes() == written:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.touch(mode=0o600)
        partial.write_bytes(written)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
