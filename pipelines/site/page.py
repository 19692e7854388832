"""A page and its downloads, before they are drawn; addresses that stay the same.

Lives here: what every page consists of. Does not: drawing and writing (`pipelines.site.build`).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from pipelines.site.charts import Ranges, Series
from pipelines.site.source import Row
from pipelines.site.words import Words

# What a download has of each row beside its key.
VALUE_COLUMNS = (
    "metric_id", "definition_version", "cohort_year", "region_scheme", "region_id", "region_name",
    "numerator", "denominator", "value", "value_low", "value_high", "is_complete",
)  # fmt: skip


@dataclass(frozen=True)
class Download:
    """A table as CSV.

    Attributes:
        path: Under the folder of the site.
        columns: In their order.
        rows: Rows that have these columns.
    """

    path: str
    columns: Sequence[str]
    # No page shows them: one is told from another by what it shows.
    rows: Sequence[dict[str, Any]] = field(repr=False)


@dataclass(frozen=True)
class Column:
    """A column of a table: how it is headed, what it has of a row, and how that is written.

    A `kind` of `text` is written as it is; any other one is a figure.
    """

    label: str
    name: str
    kind: str = "text"


@dataclass(frozen=True)
class Grid:
    """A table of rows; `links` are pages of rows by the first column."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    links: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """A part of a page: a title, what it is about, and charts or tables of it.

    Attributes:
        key: Its address on the page.
        title: A finding, or what it is about.
        lead: What is drawn, and of whom.
        label: Its theme, above the title.
        table: Its table as CSV.
        kind: How values are written in the table beside a series.
        series: A series over cohorts.
        ranges: A chart of ranges.
        first: What a line of the ranges is.
        reference: What the dashed line is.
        people: What is counted beside the values, where it is not people.
        grid: A table.
        flow: Blocks and ribbons of a flow.
        map: Shapes of a map with their classes.
        invites_cause: Whether the difference it shows could be read as an effect.
        reading: How the place of the page is beside the state, as `findings.beside` says it.
    """

    key: str
    title: Markup
    lead: Markup | str = ""
    label: Markup | str = ""
    table: Download | None = None
    kind: str = "rate_1"
    series: Series | None = None
    ranges: Ranges | None = None
    first: str = ""
    reference: Markup | str = ""
    people: str = ""
    grid: Grid | None = None
    flow: Any = None
    map: Any = None
    invites_cause: bool = False
    reading: str = ""


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes:
        path: Under the folder of the site; stays the same from release to release.
        template: File in `templates/`.
        title: As the browser shows it.
        words: The language it is in.
        current: Its place in the menu.
        content: What the template fills in.
        downloads: Its tables.
        other_language: The same page in the other language, if there is one.
    """

    path: str
    template: str
    title: str
    words: Words
    current: str
    content: dict[str, Any]
    downloads: list[Download] = field(default_factory=list)
    other_language: str = ""


def measure_key(metric_id: str, version: str) -> str:
    """Return where on a page a measure is."""
    return f"m-{metric_id.replace('_', '-')}-{slug(version)}"


def slug(name: str) -> str:
    """Return a name as part of an address: `Inland Empire/Desert` is `inland-empire-desert`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def in_language(words: Words, path: str) -> str:
    """Return the address of a page in a language; English ones have no folder of their own."""
    return path if words.language == "en" else f"{words.language}/{path}"


def values(name: str, rows: Sequence[Row]) -> Download:
    """Return values of metrics as a download."""
    return Download(f"data/{name}.csv", VALUE_COLUMNS, rows)
