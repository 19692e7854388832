"""Words and numbers of the site: a catalog of strings for each language, one way to write numbers.

Lives here: reading catalogs, numbers with the address of their cell. Does not: which sentence a
page has (`pipelines.site.findings`, `pipelines.site.pages`).
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from pipelines.site.source import Row

LANGUAGES = ("en", "es")
_FOLDER = Path(__file__).parent / "strings"
# In a sentence a rate has no decimal; in a table one, as README and `pathways query` have it.
_WRITTEN = {
    "rate": lambda value: f"{100 * value:.0f}%",
    "rate_1": lambda value: f"{100 * value:.1f}%",
    "points": lambda value: f"{abs(100 * value):.0f}",
    "points_1": lambda value: f"{100 * value:+.1f}",
    "points_0": lambda value: f"{100 * value:+.0f}".replace("+0", "0"),
    "usd": lambda value: f"{'-' if value < 0 else ''}${abs(value):,.0f}",
    "count": lambda value: f"{value:,.0f}",
    "decimal": lambda value: f"{value:,.1f}",
    "ratio": lambda value: f"{value:,.2f}",
}
_OF_UNIT = {"rate": "rate_1", "usd": "usd", "count": "count", "ratio": "ratio"}
NOTHING = Markup('<span class="nothing">–</span>')


class Words:
    """Sentences in a language.

    Attributes:
        language: Code of the language, `en` or `es`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._strings = catalog(language)

    def __call__(self, key: str, **values: Any) -> Markup:
        """Return a sentence with its values filled in; those that are no markup are escaped."""
        return escape(self._strings[key]).format(**values)

    def __repr__(self) -> str:
        """Return the same for the same language, as a page's content is compared by it."""
        return f"Words({self.language!r})"

    def name(self, kind: str, code: str, otherwise: str) -> str:
        """Return the name of a code in this language, or the release's own."""
        return self._strings.get(f"{kind}.{code}", otherwise)


@cache
def catalog(language: str) -> dict[str, str]:
    """Return the strings of a language by their keys, `story.title`.

    A language other than English says only what it has been translated for: its pages are those
    that have all of their sentences.
    """
    tree = yaml.safe_load((_FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    strings: dict[str, str] = {}

    def flatten(branch: dict[str, Any], prefix: str) -> None:
        for key, value in branch.items():
            if isinstance(value, dict):
                flatten(value, f"{prefix}{key}.")
            else:
                strings[f"{prefix}{key}"] = str(value)

    flatten(tree, "")
    return strings


def written(value: float, kind: str) -> str:
    """Return a number as the site writes it; `kind` is of `rate`, `points`, `usd`, `count`, …."""
    return _WRITTEN[kind](value).replace("-", "\u2212")


def kind_of(unit: str) -> str:
    """Return how a value of a unit is written in a table."""
    return _OF_UNIT.get(unit, "decimal")


def figure(row: Row, column: str, kind: str = "count", inside: bool = False) -> Markup:
    """Return a number of a row as markup that carries its table, key and column.

    Args:
        row: A row of the release.
        column: Which of its columns.
        kind: How it is written.
        inside: Whether an element around it has the address of the row.
    """
    value = row[column]
    address = Markup("") if inside else Markup(' data-row="{}"').format(row.address)
    inner = NOTHING if value is None else escape(written(value, kind))
    return Markup('<data{} data-column="{}">{}</data>').format(address, column, inner)


def counted(what: str, count: int) -> Markup:
    """Return a count of rows as markup that says what was counted."""
    return Markup('<data data-count="{}">{}</data>').format(what, written(count, "count"))


def named(text: object) -> Markup:
    """Return what is no number of the release, such as how many places are listed beside it."""
    return Markup("<span data-name>{}</span>").format(text)
