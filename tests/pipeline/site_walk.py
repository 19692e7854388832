"""A walk over the pages of a built site: its numbers, its links, and words around them.

Lives here: parsing pages and looking numbers up in the release. Does not: the code that drew them.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import duckdb

from pipelines.site.words import LANGUAGES, catalog

VOID = {"meta", "link", "br", "line", "circle", "img", "input", "path", "rect"}
# Where the axis of a chart is written, and what identifies a release.
NO_FIGURES = {"axis", "mark", "year", "stamp"}
# Differences of rates, which pages write as percentage points.
POINTS = {("metrics.metric_equity", "value"), ("metrics.metric_equity", "value_low"),
          ("metrics.metric_equity", "value_high"), ("metrics.leadership_state", "gap_points"),
          ("metrics.leadership_region", "gap_points"), ("metrics.published_gap", "gap"),
          ("metrics.published_gap", "gap_low"), ("metrics.published_gap", "gap_high")}  # fmt: skip
# Counts of rows that pages have.
TOTALS = {
    "deliveries": "quality.delivery where is_current",
    "braided": "(select count(*) as n from collaboration.partner_year where initiative_count >= 2 "
    "group by academic_year order by n desc limit 1) as most, range(most.n)",
}
COHORT = re.compile(r"\d{4}-\d{2}(-\d{2})?")


@dataclass(frozen=True)
class Number:
    """A number of a page, and where it says it comes from."""

    page: str
    row: str
    column: str
    text: str


@dataclass
class Walked(HTMLParser):
    """One page, taken apart."""

    page: str
    numbers: list[Number] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    loose: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)
    totals: set[tuple[str, str]] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:  # noqa: D105
        super().__init__()
        self._open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self.tags.add(tag)
        self.links += [v for name in ("href", "src") if (v := of.get(name))]
        if of.get("id"):
            self.ids.add(str(of["id"]))
        if of.get("data-reading"):
            self.readings.append(str(of["data-reading"]))
        if tag not in VOID:
            self._open.append((tag, of))

    def handle_endtag(self, tag: str) -> None:
        # A void element that closes itself is not open, and closes nothing else.
        while tag not in VOID and self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = data
        is_script = bool(self._open) and self._open[-1][0] == "script"
        if is_script or (not re.search(r"\d", text) and "–" not in text):
            return
        of_all = [of for _, of in reversed(self._open)]
        column = next((of["data-column"] for of in of_all if "data-column" in of), None)
        row = next((of["data-row"] for of in of_all if "data-row" in of), None)
        if column and row:
            # A title has words around its number, and no element within.
            within = re.search(r"\d[\d,.]*%?", text) if self._open[-1][0] == "title" else None
            self.numbers.append(
                Number(self.page, row, column, within[0] if within else text.strip())
            )
            return
        for of in of_all:
            if of.get("data-lines"):
                self.counted.append((str(of["data-lines"]), text))
                return
            if of.get("data-count"):
                self.totals.add((str(of["data-count"]), text))
                return
            if "data-name" in of or NO_FIGURES & set((of.get("class") or "").split()):
                return
        if {"main"} & {tag for tag, _ in self._open}:
            self.loose.append(text.strip())


def walk(site: Path) -> list[Walked]:
    """Return every page of a site, taken apart."""
    pages = []
    for path in sorted(site.rglob("*.html")):
        page = Walked(str(path.relative_to(site)))
        page.feed(path.read_text())
        pages.append(page)
    return pages


def wrong_numbers(pages: list[Walked], warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the numbers of pages that the release does not have under their address."""
    by_table: dict[str, list[Number]] = defaultdict(list)
    for page in pages:
        for number in page.numbers:
            by_table[number.row.split("|")[0]].append(number)
    wrong = [
        f"{page.page}: {text} is not how many {what} there are"
        for page in pages
        for what, text in page.totals
        if (f"{count(warehouse, what):,}") != text
    ]
    for table, numbers in by_table.items():
        known = _rows(table, numbers, warehouse)
        wrong += [
            f"{n.page}: {n.text} is not {n.column} of {n.row}, {known.get((n.row, n.column))}"
            for n in numbers
            if not agrees(n, known.get((n.row, n.column), "missing"))
        ]
    return wrong


def count(warehouse: duckdb.DuckDBPyConnection, what: str) -> int:
    """Return how many rows there are of something that pages count."""
    return warehouse.sql(f"select count(*) from {TOTALS[what]}").fetchall()[0][0]


def _rows(
    table: str, numbers: list[Number], warehouse: duckdb.DuckDBPyConnection
) -> dict[tuple[str, str], object]:
    keys = {tuple(part.split("=")[0] for part in n.row.split("|")[1:]) for n in numbers}
    columns = sorted({n.column for n in numbers})
    known: dict[tuple[str, str], object] = {}
    for key in keys:
        rows = {n.row for n in numbers if _key(n.row) == key}
        values = [dict(part.split("=", 1) for part in row.split("|")[1:]) for row in rows]
        limits = " and ".join(
            f"list_contains({sorted({v[c] for v in values})!r}, {c}::varchar)" for c in key
        ).replace('"', "'")
        relation = warehouse.sql(
            f"select {', '.join({*key, *columns})} from {table} where {limits}"
        )
        for values_of in relation.fetchall():
            row = dict(zip(relation.columns, values_of, strict=True))
            cast = {
                name: str(of).lower() if isinstance(of, bool) else of for name, of in row.items()
            }
            address = "|".join([table, *(f"{name}={cast[name]}" for name in key)])
            known |= {(address, column): row[column] for column in columns}
    return known


def _key(row: str) -> tuple[str, ...]:
    return tuple(part.split("=")[0] for part in row.split("|")[1:])


def agrees(number: Number, value: object) -> bool:
    """Return whether a number as written is a value of the release, to its last digit."""
    if number.text == "–" or value is None:
        return number.text == "–" and value is None
    if not isinstance(value, int | float) and not str(value).replace(".", "").isdigit():
        return False
    digits = re.sub(r"[^\d.]", "", number.text)
    decimals = len(digits.partition(".")[2])
    of = abs(float(value))  # type: ignore[arg-type]
    is_share = number.text.endswith("%") or (number.row.split("|")[0], number.column) in POINTS
    if (float(str(value)) < 0) != ("\u2212" in number.text) and number.column != "gap_points":
        return round(100 * of, decimals) == 0
    return abs(float(digits) - (100 * of if is_share else of)) <= 0.5 * 10**-decimals + 1e-9


def loose_numbers(pages: list[Walked], warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return text with digits that is no figure, cohort, name or sentence of catalog or release."""
    sentences = [text for language in LANGUAGES for text in catalog(language).values()]
    allowed = {token for text in sentences for token in re.findall(r"\d[\d,.]*", text)}
    rows = warehouse.sql("select metric_name, meaning from metrics.metric_definition").fetchall()
    texts = sorted({text for row in rows for text in row}, key=len, reverse=True)
    return [
        f"{page.page}: {text}"
        for page in pages
        for text in page.loose
        if set(re.findall(r"\d+", COHORT.sub("", without(texts, text)))) - allowed
    ]


def without(texts: list[str], text: str) -> str:
    """Return text without those that it holds."""
    for one in texts:
        text = text.replace(one, "")
        # A page of all versions of a metric is headed by the words they share.
        text = "" if text and one.startswith(text) else text
    return text
