"""Files of statements in landing: YAML or Markdown, read without trust and judged by a contract.

Lives here: finding, reading and judging them, and the reports to their senders. Does not: rules
(`schemas.voice`), what was received before (`pipelines.site.voice.store`).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR

import polars as pl
import yaml

from pipelines.errors import UserError
from pipelines.home.files import open_regular, replacing
from pipelines.intake.landing import name_problem, shown
from pipelines.intake.validate import MESSAGES, judge
from pipelines.settings import SITE_INTERNAL, Settings
from pipelines.site.words import catalog
from schemas.voice import FOLDER, STATEMENT

# A statement of the longest text has 2 KB; a file of more is none.
MOST_BYTES = 16_384
ENDINGS = {".yml", ".yaml", ".md"}
_FENCE = "---\n"


class Unreadable(UserError):
    """A file is no statement; the message says why, in its sender's words."""


@dataclass(frozen=True)
class File:
    """A file of a sender.

    Attributes:
        sender: Its folder: the page without `region/`, `county-fresno`.
        name: Its name, where it may be repeated.
        path: Where it is.
        received_at: When it was written.
    """

    sender: str
    name: str
    path: Path
    received_at: datetime

    @property
    def place(self) -> str:
        """Where it is in landing, as messages say it."""
        return f"{FOLDER}/{self.sender}/{self.name}"


@dataclass(frozen=True)
class Judged:
    """What a file is: a row of the contract, or the reasons why it is none."""

    file: File
    sha256: str
    row: dict[str, object] | None
    reasons: tuple[str, ...] = ()


def landed(settings: Settings, now: datetime) -> Iterator[File]:
    """Yield the files of all senders that are complete: unchanged for a stability window."""
    for folder in _entries(settings.landing / FOLDER):
        if not S_ISDIR(folder.stat(follow_symlinks=False).st_mode):
            continue
        for entry in _entries(Path(folder.path)):
            at = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
            if (now - at).total_seconds() >= settings.settle_seconds:
                yield File(shown(folder.name), shown(entry.name), Path(entry.path), at)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError:
        return []
    return [entry for entry in entries if not entry.name.startswith(".")]


def judged(file: File) -> Judged:
    """Return a file as a row of the contract, or why it is none."""
    try:
        content = _content(file)
    except Unreadable as error:
        return Judged(file, "", None, (str(error),))
    digest = sha256(content).hexdigest()
    try:
        return _by_contract(file, digest, _fields(file, content))
    except Unreadable as error:
        return Judged(file, digest, None, (str(error),))


def _content(file: File) -> bytes:
    if problem := name_problem(file.path.name):
        raise Unreadable(problem)
    if file.path.suffix not in ENDINGS:
        raise Unreadable("A statement is a file that ends in .yml or .md.")
    try:
        with open_regular(file.path) as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError:
        raise Unreadable("It is no regular file of one name that the service may read.") from None
    if len(content) > MOST_BYTES:
        raise Unreadable(f"It has more than {MOST_BYTES:,} bytes.")
    return content


def _fields(file: File, content: bytes) -> dict[str, str]:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Unreadable("It is not UTF-8.") from None
    body = None
    if file.path.suffix == ".md":
        opening, _, rest = text.partition(_FENCE)
        head, fence, body = rest.partition(f"\n{_FENCE}")
        if opening.strip() or not fence:
            raise Unreadable("A Markdown file opens with its fields between two lines of ---.")
        text = head
    fields = _flat(text)
    if body is not None:
        fields["text"] = body
    names = set(STATEMENT.dtypes)
    if unknown := set(fields) - names:
        named = ", ".join(sorted(name if name.isidentifier() else "(other)" for name in unknown))
        raise Unreadable(f"There is no field {named[:120]}. Fields: {', '.join(sorted(names))}.")
    return {name: value.strip() for name, value in fields.items()}


def _flat(text: str) -> dict[str, str]:
    """Return names and values of a YAML mapping of text: no list, tag or alias is followed.

    It stops at the first event that is of none: 8,000 open brackets took 10 s to the end.
    """
    values: list[str] = []
    shape = [yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.MappingStartEvent,
             yaml.MappingEndEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent]  # fmt: skip
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            if isinstance(event, yaml.ScalarEvent) and shape[0] is yaml.MappingEndEvent:
                values.append(event.value)
            elif not isinstance(event, shape.pop(0)):
                raise Unreadable("It must be a list of fields, each a name, a colon and a text.")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f" in line {mark.line + 1}" if mark else ""
        raise Unreadable(f"It is no YAML{at}. Put a text of several lines after >-.") from None
    names = values[::2]
    if len(set(names)) != len(names):
        raise Unreadable("A field is there twice.")
    return dict(zip(names, values[1::2], strict=True))


def _by_contract(file: File, digest: str, fields: dict[str, str]) -> Judged:
    row = {name: fields.get(name) or None for name in STATEMENT.dtypes} | {
        "submitter": file.sender,
        "period": file.received_at.date().isoformat(),
        "delivery_sha256": digest,
    }
    text = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String), orient="row")
    verdict = judge(text.with_columns(row_number=pl.lit(1, pl.Int64)), STATEMENT)
    reasons = tuple(verdict.quarantined[MESSAGES].explode().drop_nulls())
    if (measure := row["measure"]) and f"measure.{measure}.name" not in catalog("en"):
        reasons += ("measure must be one that the pages of regions show.",)
    return Judged(file, digest, None if reasons else verdict.accepted.row(0, named=True), reasons)


def no_page(settings: Settings, page: object) -> str:
    """Return a warning where the site of the current release has no page of an address, or ""."""
    site = settings.releases / "current" / SITE_INTERNAL
    if not site.exists() or (site / str(page)).exists():
        return ""
    return f"The site has no page {page}, so that nobody would see it. Is the address right?"


def write_report(settings: Settings, one: Judged) -> None:
    """Write to a sender what became of a file; its text is not repeated."""
    lines = (
        [
            "It keeps every rule, and waits for somebody at the state to accept it.",
            *filter(None, [no_page(settings, one.row["page"])]),
        ]
        if one.row
        else ["It is rejected. Correct it, and deliver it again under the same name.", *one.reasons]
    )
    path = settings.reports / FOLDER / one.file.sender / f"{one.file.name}.txt"
    with replacing(path, if_new=True) as partial:
        partial.write_text("\n".join([one.file.place, "", *lines, ""]), encoding="utf-8")
