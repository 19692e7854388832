"""A page and its downloads, before they are drawn; addresses that stay the same.

Lives here: what every page consists of. Does not: drawing and writing (`pipelines.site.build`).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
    rows: Sequence[dict[str, Any]]


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
