"""What a report says, stores and hides, and what it compares a delivery with."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from pipelines.feedback import report, store
from pipelines.intake.accept import Judged
from pipelines.intake.deliveries import Delivery
from pipelines.intake.ledger import DeliveryResult, Finding
from schemas import FEEDS
from tests.unit.cases import YEAR
from tests.unit.feedback import cases
from tests.unit.feedback.cases import BAD_ROW, GOOD_ROWS, write


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ((5,), "5"),
        ((5, 6), "5, 6"),
        ((2, 5, 6, 7, 8, 20), "2, 5–8, 20"),
        (tuple(range(2, 102, 2)), ", ".join(str(2 * n) for n in range(1, 41)) + " and 10 more"),
    ],
)
def test_row_numbers_are_listed_up_to_a_bound(rows, text) -> None:
    assert report.Reason("r", "m", rows).listed == text


def test_a_report_names_rule_row_and_effect_and_no_person(tmp_path: Path) -> None:
    folder = write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW])
    reports = {name: (folder / name).read_text() for name in ("report.html", "report.txt")}
    for text in reports.values():
        assert "5 of 6 rows were accepted" in text
        assert "grade_level must be from 9 to 12." in text
        assert "1 of 6 students has only rejected rows." in " ".join(text.split())
        for value in ("María José", "Núñez", "1234567890", "2002-03-04", "maybe"):
            assert value not in text
    assert "rows 7" in reports["report.txt"]
    rejected = pl.read_csv(folder / "rejected_rows.csv", infer_schema=False)
    assert rejected.columns == ["row_number", "what_to_correct", *FEEDS["k12_enrollment"].dtypes]
    assert rejected.select("row_number", "grade_level", "first_name", "is_foster").rows() == [
        ("7", "8", "María José", "<b>maybe")
    ]
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def test_a_clean_delivery_says_so_and_leaves_no_rejected_rows(tmp_path: Path) -> None:
    write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW])
    folder = write(tmp_path, GOOD_ROWS, sha="b")
    page = (folder / "report.txt").read_text()
    assert "All 6 rows were accepted." in page
    assert "Nothing in this file lowers your numbers." in page
    assert sorted(path.name for path in folder.iterdir()) == [
        "figures.json",
        "report.html",
        "report.txt",
    ]


def test_a_page_is_rendered_where_what_it_says_is_new(tmp_path: Path, monkeypatch) -> None:
    rendered = []
    html = store.html_report
    monkeypatch.setattr(store, "html_report", lambda of: rendered.append(of) or html(of))
    monkeypatch.setattr(cases, "datetime", Frozen)

    def pages(*of: object, **more: object) -> int:
        rendered.clear()
        folder = write(tmp_path, *of, **more)
        assert ("a" if not more else more["sha"]) * 64 in (folder / "report.html").read_text()
        return len(rendered)

    assert [pages(GOOD_ROWS), pages(GOOD_ROWS)] == [1, 0]
    assert pages(GOOD_ROWS, sha="b") == 1
    assert pages([*GOOD_ROWS[1:], BAD_ROW], sha="b") == 1
    page = tmp_path / "k12_enrollment" / YEAR / "1990001" / "report.html"
    for damage in (page.unlink, lambda: page.write_bytes(page.read_bytes()[:-500])):
        damage()
        assert pages([*GOOD_ROWS[1:], BAD_ROW], sha="b") == 1
    assert pages([*GOOD_ROWS[1:], BAD_ROW], sha="b") == 0


class Frozen(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, *_: object) -> datetime:
        """Return one moment."""
        return datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


class Links(HTMLParser):
    """Collects what a page would load, and tags that stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.loads += [v for k, v in attrs if k in {"src", "href"} or (k == "style" and "url" in v)]
        if tag not in {"meta", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_a_page_loads_nothing_and_is_well_formed(tmp_path: Path) -> None:
    html = (write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW]) / "report.html").read_text()
    links = Links()
    links.feed(html)
    assert links.loads == []
    assert links.open == []
    assert "<script" not in html
    assert "http" not in html


def test_a_correction_is_compared_with_what_it_replaces_and_stays_so(tmp_path: Path) -> None:
    year_before = [row | {"academic_year": "2017-18"} for row in GOOD_ROWS[:2]]
    early = [row | {"enrollment_entry_date": "2017-09-01"} for row in year_before]
    write(tmp_path, early, sha="9", period="2017-18")
    folder = write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW])
    assert "1990001.csv for 2017-18" in (folder / "report.txt").read_text()
    for _ in range(2):
        # The second time it is the same content, judged again.
        page = (write(tmp_path, GOOD_ROWS, sha="b") / "report.txt").read_text()
        assert "1990001.csv for 2018-19" in page
        rows = [line.split() for line in page.splitlines() if "rows accepted" in line]
        assert rows == [["rows", "accepted", "6", "5", "+1"]]


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(6, 5, "+1"), (99, 132, "-33 (-25 %)"), (5, 5, "same"), (5, 0, "+5"), (5, None, "")],
)
def test_a_change_is_a_number_and_a_share_of_what_is_large(now, before, text) -> None:
    assert report.Line("rows", now, before).cells[2] == text


def test_a_report_on_a_held_file_says_why_and_what_stays_current(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD_ROWS)
    stored = (folder / "figures.json").read_bytes()
    held = Finding("held:accepted_rows", "It has 2 accepted rows in place of 6.")
    doubt = Finding("doubt", "One <name> is none.", holds=False)
    write(tmp_path, GOOD_ROWS[:2], sha="c", findings=(held, doubt))
    text, page = ((folder / name).read_text() for name in ("report.txt", "report.html"))
    words_of_text = " ".join(text.split())
    for words in (
        "The file is held",
        "It has 2 accepted rows in place of 6.",
        "1990001.csv for 2018-19, with 6 rows",
        "tell the agency why",
        "One <name> is none.",
    ):
        assert words in words_of_text
    assert "Why it is held" in page
    assert "One &lt;name&gt; is none." in page
    # The next file is compared with what is current.
    assert (folder / "figures.json").read_bytes() == stored


def test_a_report_on_a_refused_file_says_why_and_what_stays_current(tmp_path: Path) -> None:
    feed = FEEDS["k12_enrollment"]
    folder = write(tmp_path, GOOD_ROWS)
    stored = (folder / "figures.json").read_bytes()
    refused = DeliveryResult(
        Delivery(feed.name, YEAR, "1990001", Path("1990001.csv"), "d" * 64, datetime.now(UTC)),
        refused=("file:missing_column",),
        message="1990001.csv lacks <grade_level>.",
    )
    store.write_reports(tmp_path, Judged(feed, [refused]))
    page = (folder / "report.txt").read_text()
    assert "refused as a whole" in page
    assert "1990001.csv for 2018-19, with 6 rows" in " ".join(page.split())
    assert "lacks &lt;grade_level&gt;." in (folder / "report.html").read_text()
    assert (folder / "figures.json").read_bytes() == stored
