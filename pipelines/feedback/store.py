"""Reports on disk: one on each judged delivery, under `reports/<feed>/<period>/<submitter>/`.

Lives here: writing reports, and the figures of each for the next one to compare with. Does not:
judging (`pipelines.intake.accept`), checking a file before delivery (`precheck`).

The HTML and the text report hold counts, rule names and row numbers. `rejected_rows.csv` holds the
rejected rows themselves; all files are readable by their owner alone.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

from pipelines.feedback.render import REJECTED_ROWS, html_report, received, text_report
from pipelines.feedback.report import LastDelivery, Report, build
from pipelines.home.files import PARTIAL, remove
from pipelines.intake.accept import Judged
from pipelines.intake.deliveries import Delivery
from schemas import FEEDS

HTML_REPORT, TEXT_REPORT, FIGURES = "report.html", "report.txt", "figures.json"


def write_reports(root: Path, judged: Judged) -> None:
    """Write the reports on deliveries that went through the gate together.

    Of a refused or held file the figures of its submitter's last accepted one stay.

    Args:
        root: The folder of reports.
        judged: The deliveries, earlier periods first.
    """
    if judged.delivered is None or judged.verdict is None:
        for result in judged.results:
            report = with_last(root, Report(FEEDS[result.delivery.feed], result))
            write_files(_folder(root, result.delivery), report)
        return
    for report in build(judged.feed, judged.results, judged.delivered, judged.verdict.quarantined):
        compared, folder = with_last(root, report), _folder(root, report.result.delivery)
        write_files(folder, compared)
        if not report.result.is_held:
            _write(folder / FIGURES, json.dumps(_figures(compared), indent=1))


def write_files(folder: Path, report: Report) -> list[Path]:
    """Write a report and its rejected rows into a folder, and return the paths.

    The page is rendered where what it says is new: a third of what a report costs.
    """
    text = text_report(report)
    if not (_holds(folder / TEXT_REPORT, text) and _is_page_of(folder, report.result.delivery)):
        # Before the text, by which the next run knows what the page says.
        _write(folder / HTML_REPORT, html_report(report))
    _write(folder / TEXT_REPORT, text)
    rows = folder / REJECTED_ROWS
    if report.rejected is None:
        remove(rows)
        return [folder / HTML_REPORT, folder / TEXT_REPORT]
    # A spreadsheet takes a file without the mark for another encoding, and breaks names.
    _write(rows, "\ufeff" + report.rejected.write_csv())
    return [folder / HTML_REPORT, folder / TEXT_REPORT, rows]


def with_last(root: Path, report: Report) -> Report:
    """Return the report with the last accepted delivery of its submitter to compare with.

    That is the one it takes the place of or, for the first of its period, the last earlier one.
    """
    delivery = report.result.delivery
    stored = _read(_folder(root, delivery) / FIGURES)
    if stored and (report.result.refused or stored["sha256"] != delivery.sha256):
        return replace(report, before=_last(stored))
    if stored:
        # The same content again: it is compared with what it was compared with before.
        return replace(report, before=_last(stored["before"]))
    of_feed = root / delivery.feed
    periods = [path.name for path in of_feed.iterdir()] if of_feed.is_dir() else []
    for period in sorted((one for one in periods if one < delivery.period), reverse=True):
        figures = of_feed / period / delivery.submitter / FIGURES
        if figures.exists():
            return replace(report, before=_last(_read(figures)))
    return report


def _figures(report: Report) -> dict:
    delivery = report.result.delivery
    now = LastDelivery(
        period=delivery.period,
        file_name=delivery.file_name,
        received_at=delivery.received_at.isoformat(),
        sha256=delivery.sha256,
        figures=report.figures,
    )
    return asdict(now) | {"before": asdict(report.before) if report.before else None}


def _last(stored: dict | None) -> LastDelivery | None:
    if not stored:
        return None
    return LastDelivery(**{name: value for name, value in stored.items() if name != "before"})


def _read(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        # Not there, or cut short by a power failure: there is nothing to compare with.
        return None


def _folder(root: Path, delivery: Delivery) -> Path:
    return root / delivery.feed / delivery.period / delivery.submitter


def _is_page_of(folder: Path, delivery: Delivery) -> bool:
    """Return whether the page of a folder says the content and time of a delivery."""
    page = folder / HTML_REPORT
    content = page.read_text(errors="replace") if page.exists() else ""
    return delivery.sha256 in content and received(delivery) in content


def _holds(path: Path, content: str) -> bool:
    return path.exists() and path.read_bytes() == content.encode()


def _write(path: Path, content: str) -> None:
    """Replace a file by other content in one step.

    Not synced to disk: that took 10 s of the 12 s that 650 reports took, and the next refresh
    that judges the delivery makes them again.
    """
    if _holds(path, content):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.touch(mode=0o600)
        partial.write_bytes(content.encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
