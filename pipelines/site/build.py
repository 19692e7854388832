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
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from pipelines.errors import UserError
from pipelines.home.files import PARTIAL
from pipelines.release.publish import Release
from pipelines.settings import PUBLIC, SITE_INTERNAL
from pipelines.site.drawn import Drawn, drawn_before
from pipelines.site.page import Download, Page, measure_key
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
from pipelines.site.pages.search import with_search
from pipelines.site.public import opened_public
from pipelines.site.source import Row, Source, opened
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
# Stand for what differs in every release, so that an unchanged page is the same text.
_RELEASE, _DAY = "\x02release\x03", "\x02day\x03"
_PUBLIC = {key for key, _ in _MENU} - {"quality", "changes"}


@dataclass(frozen=True)
class Built:
    """What a build wrote.

    Attributes:
        folder: Of the site.
        pages: How many pages.
        bytes: Of all its files.
        seconds: From opening the release to the last file.
        drawn: How many pages were drawn; the others are those of the last build.
    """

    folder: Path
    pages: int
    bytes: int
    seconds: float
    drawn: int


def build(release: Release, cache: Path | None = None) -> Built:
    """Build the internal site of a release into its folder.

    It takes its place in one step, so that no reader meets half of it.

    Args:
        release: The release.
        cache: Folder with the pages of the last build, which are not drawn again where they are the
            same; without one all are drawn.
    """
    start = time.monotonic()
    with opened(release.folder) as source, drawn_before(cache, SITE_INTERNAL) as drawn:
        pages = with_search(_pages(source))
        return _write(release.folder / SITE_INTERNAL, source, pages, drawn, start)


def build_public(release: Release, cache: Path | None = None) -> Built:
    """Build the public site of a release from its public release alone.

    Args:
        release: The release.
        cache: As of `build`.

    Raises:
        UserError: The release has no public release.
    """
    start = time.monotonic()
    folder = release.folder / PUBLIC
    if not (folder / "public.duckdb").exists():
        raise UserError("This release has no public release yet. Run: pathways public build")
    day = release.manifest["released_at"][:10]
    with (
        opened_public(folder, release.release_id, day, measures()) as source,
        drawn_before(cache, PUBLIC_SITE) as drawn,
    ):
        return _write(
            release.folder / PUBLIC_SITE, source, with_search(_public_pages(source)), drawn, start
        )


def measures() -> list[str]:
    """Return the measures that have words in the catalog, in its order."""
    ends = ".name"
    keys = [key for key in catalog("en") if key.startswith("measure.") and key.endswith(ends)]
    return [key.removeprefix("measure.").removesuffix(ends) for key in keys]


def _write(
    folder: Path, source: Source, pages: Iterator[Page], drawn: Drawn, start: float
) -> Built:
    unfinished = folder.with_name(f"{folder.name}{PARTIAL}")
    shutil.rmtree(unfinished, ignore_errors=True)
    count, size = 0, 0

    def write(name: str, content: bytes) -> None:
        nonlocal size
        path = unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        size += path.write_bytes(content)

    write("site.css", (_TEMPLATES / "site.css").read_bytes())
    for page in pages:
        said = _statements(page, source)
        html = drawn.page(page, said, source.is_public, partial(draw, page, source, said))
        write(
            page.path,
            html.replace(_RELEASE, escape(source.release_id))
            .replace(_DAY, escape(source.released_at))
            .encode(),
        )
        for one in page.downloads:
            write(one.path, as_csv(one))
        count += 1
    _replace(folder, unfinished)
    return Built(folder, count, size, time.monotonic() - start, drawn.count)


def _public_pages(source: Source) -> Iterator[Page]:
    of = regions.places(source)
    downloads: list[str] = []
    words = Words("en")
    of_kind = (
        institutions.pages,
        initiatives.public_pages,
        equity.public_pages,
        journey.public_pages,
        atlas.pages,
        metrics.pages,
    )
    english = (pages(source, words) for pages in of_kind)
    for page in chain(_translated(source, of), *english):
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


def draw(page: Page, source: Source, said: dict[str, list[Row]]) -> str:
    """Return a page as HTML, with marks in place of the release, which every release changes."""
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
        "statements": said,
        "language": words.language,
        "title": page.title,
        "root": "../" * page.path.count("/"),
        "home": f"{prefix}index.html",
        "search": f"{prefix}search.html",
        "menu": [(key, f"{prefix}{href}") for key, href in menu],
        "current": page.current,
        "other_language": page.other_language,
        "is_public": source.is_public,
        "release_id": _RELEASE,
        "released_at": _DAY,
    }
    text = _environment().get_template(page.template).render(context | page.content)
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


def _statements(page: Page, source: Source) -> dict[str, list[Row]]:
    """Return what is said on a page by the measure it is about, or under "" where that has none."""
    parts = [*page.content.get("blocks", ()), *page.content.get("lines", ())]
    keys, said = {part.key for part in parts}, dict[str, list[Row]]()
    for row in source.statements.get(page.path.removeprefix(f"{page.words.language}/"), []):
        key = measure_key(row["metric_id"] or "", row["definition_version"] or "")
        said.setdefault(key if key in keys else "", []).append(row)
    return said


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
