"""A report as text, for a terminal or an e-mail, and as one HTML page that loads nothing else.

Lives here: words that both share, and filling in the templates beside, which escape what is HTML.
Does not: any count, any value of a row.
"""

import textwrap
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipelines.feedback.report import Report
from pipelines.intake.deliveries import Delivery

WIDTH = 88
REJECTED_ROWS = "rejected_rows.csv"
_WORDS = {
    "width": WIDTH,
    "rejected_rows": REJECTED_ROWS,
    "no_impact": "Nothing in this file lowers your numbers.",
    "how_to_correct": [
        "Correct the values in your own system, so that they stay corrected.",
        "Export the whole file again: it takes the place of this one, so it must hold all rows, "
        "not the corrected ones alone.",
        "Check it before you deliver it: pathways deliveries check FILE --feed FEED",
    ],
    "about_held": [
        "If the file is wrong: correct it and deliver the whole of it again. It is compared with "
        "what is current, and takes the place of the one that is held.",
        "If it is right: tell the agency why, so that they release it.",
    ],
    "about_rejected_rows": f"{REJECTED_ROWS} holds the rejected rows as you sent them, with the "
    "row number and what to correct in front. It holds personal data: keep it as safe as the file "
    "itself. Open it with all columns as text, or a spreadsheet drops leading zeros.",
    # Not of files in an agency's layout: one row is made of several records.
    "put_back": " Corrected there, it can be put back into your file: pathways deliveries check "
    "FILE --feed FEED --corrected rejected_rows.csv",
}


def text_report(report: Report) -> str:
    """Return the report as lines of at most `WIDTH` characters, where words allow."""
    return _templates().get_template("report.txt.j2").render(report=report)


def html_report(report: Report) -> str:
    """Return the report as a self-contained HTML page."""
    return _templates().get_template("report.html.j2").render(report=report)


def received(delivery: Delivery) -> str:
    """Return when a delivery was received, as the page says it."""
    return f"{delivery.received_at:%d %B %Y, %H:%M} UTC"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"wrap": _wrap, "number": lambda n: f"{n:,}", "received": received}
    environment.globals |= _WORDS
    return environment


def _wrap(sentence: str, first: str = "", other: str = "") -> str:
    lines = textwrap.wrap(
        sentence, WIDTH, initial_indent=first, subsequent_indent=other, break_on_hyphens=False
    )
    return "\n".join(lines)
