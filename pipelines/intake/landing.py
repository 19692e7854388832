"""What lies in the landing folder and is no delivery: nothing there is passed over in silence.

Lives here: names that a delivery may have, and what is not taken with the reason why.
Does not: reading a file, finding deliveries (`pipelines.intake.deliveries`).
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipelines.intake.bundles.folders import DONE, HASH, feeds_of, files_in
from schemas import FEEDS
from schemas.layouts.model import LAYOUTS
from schemas.periods import is_period

# With what the gate adds, a name must fit into the 255 bytes of a file system.
_LONGEST_NAME = 100
_NAME = re.compile(r"\w[\w .()+&,-]*")
# An SSN or state id; a day, which stands beside a name more often than not.
_PERSONAL = re.compile(
    r"\d{9}|\d{3}-\d{2}-\d{4}|(?:19|20)\d\d[-_. ]?[01]\d[-_. ]?[0-3]\d(?!\d)"
    r"|(?<!\d)\d{1,2}[-_. ]\d{1,2}[-_. ](?:19|20)\d\d"
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
    if _PERSONAL.search(name):
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
        elif entry.is_dir() and not files_in(Path(entry.path)):
            yield NotTaken(feed, place, "It is a folder without a file.")
        elif entry.is_dir():
            yield from _in_period(feed, entry, place, is_bundle=True)
        elif not entry.is_file():
            yield NotTaken(feed, place, "It is no regular file.")
        elif not os.access(entry.path, os.R_OK):
            yield NotTaken(feed, place, "The service may not read it. Change its permissions.")
        elif entry.name.endswith((HASH, DONE)):
            of = Path(entry.path).with_suffix("")
            if not of.exists():
                yield NotTaken(feed, place, "The file it is about is not there.")
