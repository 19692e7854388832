"""A report as plain text, for a terminal or an e-mail.

Lives here: wording and layout. Does not: any count.
"""

import textwrap
from collections.abc import Iterator

from pipelines.feedback.report import Line, Report

WIDTH = 88

# Of fewer than this, a change in per cent reads larger than it is.
LEAST_TO_SHARE = 50

HOW_TO_CORRECT = (
    "Correct the values in your own system, so that they stay corrected.",
    "Export the whole file again: it takes the place of this one, so it must hold all rows, "
    "not the corrected ones alone.",
    "Check it before you deliver it: pathways deliveries check FILE --feed FEED",
)
REJECTED_ROWS = "rejected_rows.csv"
ABOUT_REJECTED_ROWS = (
    f"{REJECTED_ROWS} holds the rejected rows as you sent them, with the row number and what to "
    "correct in front. It holds personal data: keep it as safe as the file itself. Open it with "
    "all columns as text, or a spreadsheet drops leading zeros. Corrected there, it can be put "
    "back into your file: pathways deliveries check FILE --feed FEED --corrected rejected_rows.csv"
)


def text(report: Report) -> str:
    """Return the report as lines of at most 88 characters."""
    delivery = report.account.delivery
    parts = [
        f"DATA QUALITY REPORT: {report.title}, {delivery.period}",
        f"Submitter {delivery.submitter}, file {delivery.path.name}",
        "",
        *_wrapped(report.verdict),
        *_body(report),
    ]
    return "\n".join(parts) + "\n"


def _body(report: Report) -> Iterator[str]:
    account = report.account
    if account.refused:
        yield from _section("Why", [account.message or ""])
        if report.before:
            yield from _section("What counts until then", [standing(report)])
        yield from _section("What to do", HOW_TO_CORRECT)
        return
    if report.warnings:
        yield from _section("Look at this first", report.warnings)
    yield from _section(
        "What this does to your numbers",
        report.effects or ["Nothing in this file lowers your numbers."],
    )
    if report.reasons:
        yield from _heading("What was rejected and why")
        for reason in report.reasons:
            yield from _wrapped(f"{len(reason.rows):,} x {reason.message}", "  ")
            yield from _wrapped(f"rows {reason.listed}", "      ")
    if report.comparison and report.before:
        yield from _heading(f"Compared with your last accepted delivery, {named(report)}")
        width = max(len(line.label) for line in report.comparison)
        yield f"  {'':<{width}}  {'this':>12}  {'last':>12}  {'change':>15}"
        for line in report.comparison:
            now, before, change = cells(line)
            yield f"  {line.label:<{width}}  {now:>12}  {before:>12}  {change:>15}"
    if report.reasons:
        yield from _section("What to do", [*HOW_TO_CORRECT, ABOUT_REJECTED_ROWS])


def named(report: Report) -> str:
    """Return the last accepted delivery in words."""
    assert report.before
    return f"{report.before.file_name} for {report.before.period}"


def standing(report: Report) -> str:
    """Return what is in force while a file is refused."""
    assert report.before
    if report.before.period != report.account.delivery.period:
        return f"Nothing of yours is in force for {report.account.delivery.period}."
    rows = report.before.figures["accepted_rows"]
    return f"Your last accepted delivery, {named(report)}, with {rows:,.0f} rows."


def cells(line: Line) -> tuple[str, str, str]:
    """Return now, before and the change of a line, as text."""
    now = f"{line.unit}{line.now:,.0f}"
    if line.before is None:
        return now, "–", ""
    before = f"{line.unit}{line.before:,.0f}"
    if line.before == line.now:
        return now, before, "same"
    change = f"{line.now - line.before:+,.0f}"
    if line.before < LEAST_TO_SHARE:
        return now, before, change
    return now, before, f"{change} ({100 * (line.now / line.before - 1):+.0f} %)"


def _heading(title: str) -> list[str]:
    return ["", title, "-" * min(len(title), WIDTH)]


def _section(title: str, sentences: list[str] | tuple[str, ...]) -> Iterator[str]:
    yield from _heading(title)
    for sentence in sentences:
        yield from textwrap.wrap(
            sentence, WIDTH, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False
        )


def _wrapped(words: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        words,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    " * bool(indent),
        break_on_hyphens=False,
    )
