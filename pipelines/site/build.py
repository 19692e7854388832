"""Building the site: every page of a release as files that need no server, script or network.

Lives here: which pages there are, drawing and writing them. Does not: what a page says
(`pipelines.site.pages`).
"""

import csv
import io
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.home.files import PARTIAL
from pipelines.release.publish import Release
from pipelines.site.page import Download, Page
from pipelines.site.pages import (
    about,
    atlas,
    dictionary,
    equity,
    initiatives,
    institutions,
    journey,
    metrics,
    quality,
    regions,
    story,
)
from pipelines.site.source import Source, opened
from pipelines.site.words import LANGUAGES, Words, figure, written

INTERNAL = "site_internal"
_TEMPLATES = Path(__file__).parent / "templates"
_MENU = (
    ("story", "index.html"),
    ("regions", "regions.html"),
    ("institutions", "institutions.html"),
    ("initiatives", "initiatives.html"),
    ("equity", "equity.html"),
    ("journey", "journey.html"),
    ("map", "map.html"),
    ("metrics", "metrics.html"),
    ("quality", "quality.html"),
    ("changes", "changes.html"),
    ("about", "about.html"),
)
_TRANSLATED = {"story", "regions"}


@dataclass(frozen=True)
class Built:
    """What a build wrote.

    Attributes:
        folder: Of the site.
        pages: How many pages.
        drawn: How many of them changed and were drawn.
        bytes: Of all its files.
        seconds: From opening the release to the last file.
    """

    folder: Path
    pages: int
    drawn: int
    bytes: int
    seconds: float


def build(release: Release) -> Built:
    """Build the internal site of a release into its folder.

    It takes its place in one step, so that no reader meets half of it.
    """
    start = time.monotonic()
    folder = release.folder / INTERNAL
    unfinished = folder.with_name(f"{INTERNAL}{PARTIAL}")
    files: dict[str, bytes] = {"site.css": (_TEMPLATES / "site.css").read_bytes()}
    with opened(release.folder) as source:
        pages = list(_pages(source))
        for page in pages:
            files[page.path] = draw(page, source).encode()
            files |= {one.path: as_csv(one) for one in page.downloads}
    for name, content in files.items():
        path = unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
    _replace(folder, unfinished)
    size = sum(map(len, files.values()))
    return Built(folder, len(pages), len(pages), size, time.monotonic() - start)


def _pages(source: Source) -> Iterator[Page]:
    of = regions.places(source)
    downloads: list[str] = []
    for page in chain(_translated(source, of), _english(source)):
        downloads += [one.path for one in page.downloads]
        yield page
    yield about.page(source, Words("en"), sorted(set(downloads)))


def _translated(source: Source, of: Sequence[regions.Place]) -> Iterator[Page]:
    for language in LANGUAGES:
        words = Words(language)
        yield story.page(source, words, regions.links(of, words))
        yield from regions.pages(source, words, of)


def _english(source: Source) -> Iterator[Page]:
    words = Words("en")
    for one in (institutions, initiatives, equity, journey, atlas, metrics, quality):
        yield from one.pages(source, words)
    yield dictionary.page(source, words)


def draw(page: Page, source: Source) -> str:
    """Return a page as HTML."""
    words = page.words
    menu = [(k, h) for k, h in _MENU if words.language == "en" or k in _TRANSLATED]
    prefix = "" if words.language == "en" else f"{words.language}/"
    context: dict[str, Any] = {
        "t": words,
        "language": words.language,
        "title": page.title,
        "root": "../" * page.path.count("/"),
        "home": f"{prefix}index.html",
        "menu": [(key, f"{prefix}{href}") for key, href in menu],
        "current": page.current,
        "other_language": page.other_language,
        "release": source,
    }
    text = _environment().get_template(page.template).render(context | page.content)
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


def as_csv(download: Download) -> bytes:
    """Return a table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(download.columns)
    writer.writerows([row.get(column) for column in download.columns] for row in download.rows)
    return text.getvalue().encode()


def _replace(folder: Path, unfinished: Path) -> None:
    old = folder.with_name(f"{INTERNAL}.old")
    if folder.exists():
        folder.rename(old)
    unfinished.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"fig": figure, "written": written}
    return environment
