"""Deliveries of several files: a submitter's folder within a period of a feed or a layout.

Lives here: finding them, and which feeds the bundle of a layout holds. Does not: reading records
(`pipelines.intake.readers.layouts`).

Whether a bundle holds a feed is judged by its file names and first bytes, so that a refresh asks no
feed for what is not there; the reader then says what is missing.
"""

import os
import re
from functools import lru_cache
from pathlib import Path, PurePath

from pipelines.home.files import is_single_file, open_regular
from pipelines.intake.bundles.recognise import HEAD_BYTES, recognise
from schemas import FEEDS, Feed
from schemas.layouts.model import LAYOUTS, Layout
from schemas.periods import is_period

HASH, DONE = ".sha256", ".done"
# End of the name of a folder that a check writes beside what it checked.
REPORT = ".report"
PACKED = (".gz", ".zip")


def files_in(path: Path) -> list[Path]:
    """Return what a delivery holds by name, hidden files and markers left out; a file holds itself.

    Links and folders are among them: whoever opens one is refused.
    """
    if path.is_symlink() or not path.is_dir():
        return [path]
    entries = sorted(os.scandir(path), key=lambda entry: os.fsencode(entry.name))
    return [
        Path(entry.path)
        for entry in entries
        if not entry.name.startswith(".") and not entry.name.endswith((HASH, DONE))
    ]


def submitter_of(path: Path) -> str:
    """Return whose a delivery is: its name without endings."""
    if path.is_dir():
        return path.name
    packed = path.suffix.lower() in PACKED
    return PurePath(path.stem).stem if packed else path.stem


def ending_of(path: Path) -> str:
    """Return the endings of a delivery's name, that of a packed file's content included."""
    if path.is_dir():
        return ""
    inner = PurePath(path.stem).suffix if path.suffix.lower() in PACKED else ""
    return f"{inner}{path.suffix}".lower()


def folders(landing: Path, feed: str) -> list[tuple[Path, Layout | None]]:
    """Return the folders with periods of a feed: its own, then those of layouts that hold it."""
    own: list[tuple[Path, Layout | None]] = [(landing / feed, None)]
    return own + [(landing / one.name, one) for one in LAYOUTS.values() if feed in one.feeds]


def landed_periods(landing: Path, feed: Feed) -> list[str]:
    """Return the periods of this feed that have a folder, in order; other folders are ignored."""
    names = {
        entry.name
        for folder, _ in folders(landing, feed.name)
        if folder.is_dir()
        for entry in folder.iterdir()
    }
    return sorted(name for name in names if is_period(name, feed.period_kind))


def delivered_files(landing: Path, feed: str, period: str) -> list[Path]:
    """Return the files and bundles of a period by name, without hidden ones, markers and links.

    They lie in the feed's own folder or in one of a layout that holds the feed.
    """
    return [
        Path(entry.path)
        for parent, layout in folders(landing, feed)
        for entry in _entries(parent / period)
        if not entry.name.startswith(".") and not entry.name.endswith((HASH, DONE))
        if is_single_file(entry) or _is_bundle(entry)
        if holds(Path(entry.path), layout, feed)
    ]


def _is_bundle(entry: os.DirEntry[str]) -> bool:
    is_folder = entry.is_dir(follow_symlinks=False) and not entry.name.endswith(REPORT)
    return is_folder and bool(files_in(Path(entry.path)))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir() or folder.is_symlink() or folder.parent.is_symlink():
        return []
    return sorted(os.scandir(folder), key=lambda entry: entry.name)


def feeds_of(folder: str) -> list[str]:
    """Return the feeds whose deliveries a folder of landing may hold."""
    return [folder] if folder in FEEDS else list(LAYOUTS[folder].feeds) if folder in LAYOUTS else []


def holds(path: Path, layout: Layout | None, feed: str) -> bool:
    """Return whether a delivery holds a feed; one in the feed's own folder does."""
    return layout is None or feed in held_feeds(layout, recognised(path).get(layout.name, set()))


def held_feeds(layout: Layout, types: set[str]) -> list[str]:
    """Return the feeds that record types speak of: by those no other feed needs, or the base."""
    feeds = []
    for name, spec in layout.feeds.items():
        others = {
            code for other, one in layout.feeds.items() if other != name for code in one.needs
        }
        if types & ({*spec.needs} - others or {spec.base}):
            feeds.append(name)
    return feeds


def recognised(path: Path) -> dict[str, set[str]]:
    """Return by layout the record types that a delivery's first bytes and file names speak of."""
    types: dict[str, set[str]] = {}
    try:
        for one in files_in(path):
            for layout, of_file in _of_file(one, one.lstat().st_mtime_ns):
                types.setdefault(layout, set()).update(of_file)
    except OSError:
        return {}
    return types


@lru_cache(maxsize=100_000)
def _of_file(path: Path, _changed_ns: int) -> list[tuple[str, frozenset[str]]]:
    """Return a file's layouts and record types: by its first lines, or else as its name says."""
    try:
        with open_regular(path) as file:
            form = recognise(file.read(HEAD_BYTES))
    except OSError:
        return []
    if form:
        return [(form.layout.name, form.types)]
    return types_by_name(path.name)


def types_by_name(name: str) -> list[tuple[str, frozenset[str]]]:
    """Return the layouts and record types whose codes are words of a file's name."""
    words = re.split(r"[^A-Z0-9]+", name.upper())
    by_name = [
        (layout.name, frozenset(layout.codes[word] for word in words if word in layout.codes))
        for layout in LAYOUTS.values()
    ]
    return [(layout, types) for layout, types in by_name if types]
