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

from pipelines.errors import UserError
from pipelines.home.files import PARTIAL
from pipelines.release.publish import Release
from pipelines.settings import PUBLIC, SITE_INTERNAL
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
from pipelines.site.public import opened_public
from pipelines.site.source import Source, opened
from pipelines.site.words import LANGUAGES, Words, catalog, figure, written

PUBLIC_SITE = "site"
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
_PUBLIC = {"story", "regions", "metrics", "about"}


@dataclass(frozen=True)
class Built:
    """What a build wrote.

    Attributes:
        folder: Of the site.
        pages: How many pages.
        bytes: Of all its files.
        seconds: From opening the release to the last file.
    """

    folder: Path
    pages: int
    bytes: int
    seconds: float


def build(release: Release) -> Built:
    """Build the internal site of a release into its folder.

    It takes its place in one step, so that no reader meets half of it.
    """
    start = time.monotonic()
    with opened(release.folder) as source:
        return _write(release.folder / SITE_INTERNAL, source, _pages(source), start)


def build_public(release: Release) -> Built:
    """Build the public site of a release from its public release alone.

    Raises:
        UserError: The release has no public release.
    """
    start = time.monotonic()
    folder = release.folder / PUBLIC
    if not (folder / "public.duckdb").exists():
        raise UserError("This release has no public release yet. Run: pathways public build")
    day = release.manifest["released_at"][:10]
    with opened_public(folder, release.release_id, day, measures()) as source:
        return _write(release.folder / PUBLIC_SITE, source, _public_pages(source), start)


def measures() -> list[str]:
    """Return the measures that have words in the catalog, in its order."""
    ends = ".name"
    keys = [key for key in catalog("en") if key.startswith("measure.") and key.endswith(ends)]
    return [key.removeprefix("measure.").removesuffix(ends) for key in keys]


def _write(folder: Path, source: Source, drawn: Iterator[Page], start: float) -> Built:
    files: dict[str, bytes] = {"site.css": (_TEMPLATES / "site.css").read_bytes()}
    pages = list(drawn)
    for page in pages:
        files[page.path] = draw(page, source).encode()
        files |= {one.path: as_csv(one) for one in page.downloads}
    unfinished = folder.with_name(f"{folder.name}{PARTIAL}")
    for name, content in files.items():
        path = unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
    _replace(folder, unfinished)
    return Built(folder, len(pages), sum(map(len, files.values())), time.monotonic() - start)


def _public_pages(source: Source) -> Iterator[Page]:
    of = regions.places(source)
    downloads: list[str] = []
    for page in chain(_translated(source, of), metrics.pages(source, Words("en"))):
        downloads += [one.path for one in page.downloads]
        yield page
    yield about.page(source, Words("en"), sorted(set(downloads)))


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
    menu = [
        (key, href)
        for key, href in _MENU
        if (words.language == "en" or key in _TRANSLATED)
        and (not source.is_public or key in _PUBLIC)
    ]
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
    old = folder.with_name(f"{folder.name}.old")
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
