"""What lies in the landing folder and is no delivery: nothing there is passed over in silence.

Lives here: names that a delivery may have, and what is not taken with the reason why.
Does not: reading a file, finding deliveries (`pipelines.intake.deliveries`).
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipelines.home.files import is_single_file
from pipelines.intake.bundles.folders import DONE, HASH, REPORT, feeds_of, files_in
from schemas import FEEDS
from schemas.layouts.model import LAYOUTS
from schemas.periods import is_period
from schemas.voice import FOLDER as VOICE

# With what the gate adds, a name must fit into the 255 bytes of a file system.
_LONGEST_NAME = 100
_NAME = re.compile(r"\w[\w .()+&,-]*")
# Marks between the digits of a number or day, which there may be.
_MARKS, _MARK = r"[\W_]{0,2}", r"[\W_]{1,2}"
_YEAR, _MONTH = r"(?:19|20)\d\d", r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# An SSN or state id, in groups or digit by digit; a day, which stands beside a name more often than
# not. A term or quarter, `q1 23-24`, is none.
_PERSONAL = re.compile(
    "|".join(
        (
            r"\d{9}",
            rf"(?<!\d)\d{{3}}{_MARKS}\d\d{_MARKS}\d{{4}}(?!\d)",
            rf"(?<!\d)\d{{3}}{_MARK}\d{{3}}{_MARK}\d{{3}}(?!\d)",
            rf"(?<!\d)\d{{5}}{_MARK}\d{{4}}(?!\d)",
            rf"(?<!\d)(?:\d{_MARK}){{8}}\d(?!\d)",
            rf"{_YEAR}{_MARKS}[01]\d{_MARKS}[0-3]\d(?!\d)",
            rf"(?<!\d){_YEAR}{_MARK}\d{{1,2}}{_MARK}\d{{1,2}}(?!\d)",
            rf"(?<!\d)[0-3]\d[0-3]\d{_YEAR}(?!\d)",
            rf"(?<![\dqt])\d{{1,2}}{_MARK}\d{{1,2}}{_MARK}(?:{_YEAR}|\d\d)(?!\d)",
            rf"(?<!\d)\d{{1,2}}{_MARKS}{_MONTH}{_MARKS}\d\d",
            rf"{_MONTH}{_MARKS}\d{{1,2}}{_MARK}\d{{4}}",
        )
    ),
    re.IGNORECASE,
)


def name_problem(name: str) -> str | None:
    """Return why a file of this name is refused, in a sentence that does not repeat it."""
    if len(os.fsencode(name)) > _LONGEST_NAME:
        return f"The name of the file has more than {_LONGEST_NAME} bytes. Name it shorter."
    if not _NAME.fullmatch(name):
        return (
            "The name of the file has characters that a name must not have. Use letters, digits, "
            "blanks and . _ - ( ) + & , alone."
        )
    # Digits may be written wide, raised or in circles.
    if _PERSONAL.search(unicodedata.normalize("NFKC", name)):
        return (
            "The name of the file has nine digits or a date in it, which may be a person's. Name "
            "it by its submitter alone."
        )
    return None


def shown(name: str) -> str:
    """Return a name as messages, ledger and reports may repeat it."""
    return "(a name that is not repeated)" if name_problem(name) else name


@dataclass(frozen=True)
class NotTaken:
    """Something in the landing folder that is no delivery.

    Attributes:
        feed: The feed it is of, or seems to be of.
        place: Where it is under landing.
        reason: Why it is not taken, and what to do.
    """

    feed: str
    place: str
    reason: str


def not_taken(landing: Path) -> list[NotTaken]:
    """Return what lies in the landing folder and is no delivery, in order of its place."""
    return [
        one
        for entry in _entries(landing)
        if entry.name != VOICE or entry.is_symlink()
        for one in (
            _in_feed(entry)
            if feeds_of(entry.name) and entry.is_dir(follow_symlinks=False)
            else [NotTaken(_likely_feed(entry.name), shown(entry.name), _no_feed(entry))]
        )
    ]


def _entries(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError:
        return []
    return [entry for entry in entries if not entry.name.startswith(".")]


def _likely_feed(name: str) -> str:
    close = get_close_matches(name.lower(), [*FEEDS, *LAYOUTS], n=1)
    return feeds_of(close[0])[0] if close else next(iter(FEEDS))


def _no_feed(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "It is a link, and no link is followed."
    likely = get_close_matches(entry.name.lower(), [*FEEDS, *LAYOUTS], n=1)
    hint = f" Is it {likely[0]}?" if likely else ""
    return f"No feed or layout has this name.{hint}{_count(entry)}"


def _count(entry: os.DirEntry[str]) -> str:
    if not entry.is_dir(follow_symlinks=False):
        return ""
    files = sum(len(names) for _, _, names in os.walk(entry.path))
    return f" It holds {files:,} file(s), which are not read."


def _in_feed(folder: os.DirEntry[str]) -> Iterator[NotTaken]:
    feed = feeds_of(folder.name)[0]
    kind = FEEDS[feed].period_kind
    for entry in _entries(folder):
        place = f"{folder.name}/{shown(entry.name)}"
        if entry.is_symlink():
            yield NotTaken(feed, place, "It is a link, and no link is followed.")
        elif not entry.is_dir():
            yield NotTaken(feed, place, "It lies beside the folders of periods.")
        elif not is_period(entry.name, kind):
            example = "2023Q4" if kind.value == "quarter" else "2023-24"
            reason = f"The folder is no period, which is written like {example}.{_count(entry)}"
            yield NotTaken(feed, place, reason)
        elif not os.access(entry.path, os.R_OK | os.X_OK):
            yield NotTaken(feed, place, "The service may not read the folder.")
        else:
            yield from _in_period(feed, entry, f"{folder.name}/{entry.name}")


def _in_period(
    feed: str, folder: os.DirEntry[str], above: str, is_bundle: bool = False
) -> Iterator[NotTaken]:
    for entry in _entries(folder):
        place = f"{above}/{shown(entry.name)}"
        if entry.is_symlink():
            yield NotTaken(feed, place, "It is a link, and no link is followed.")
        elif entry.is_dir() and is_bundle:
            yield NotTaken(feed, place, f"It is a folder within a delivery.{_count(entry)}")
        elif entry.is_dir() and entry.name.endswith(REPORT):
            yield NotTaken(feed, place, "It is the report of a check, which belongs elsewhere.")
        elif entry.is_dir() and not files_in(Path(entry.path)):
            yield NotTaken(feed, place, "It is a folder without a file.")
        elif entry.is_dir():
            yield from _in_period(feed, entry, place, is_bundle=True)
        elif problem := _file_problem(entry):
            yield NotTaken(feed, place, problem)


def _file_problem(entry: os.DirEntry[str]) -> str | None:
    """Return why a file among deliveries is not taken, or is a marker of none."""
    if not entry.is_file():
        return "It is no regular file."
    if not is_single_file(entry):
        return "The file has another name too (a hard link). Deliver a copy of its own."
    if not os.access(entry.path, os.R_OK):
        return "The service may not read it. Change its permissions."
    is_marker = entry.name.endswith((HASH, DONE))
    if is_marker and not Path(entry.path).with_suffix("").exists():
        return "The file it is about is not there."
    return None
