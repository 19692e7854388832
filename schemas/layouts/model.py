"""What a layout is: records and fields of an agency's files, and the feeds' rows made of them.

Lives here: models of the YAML beside, and `LAYOUTS`, all of it. Does not: reading a file
(`pipelines.intake.readers.layouts`).

A field, code or rule names the public source of what is written of it. One without is `draft`, and
so is every feed whose rows draw on it.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, model_validator

from schemas.layouts.rows import FeedRows, Strict

# Sources that are none: the order of fields follows from their numbers; nothing was found.
INFERRED, NOT_FOUND = "inferred", "not_found"
FieldType = Literal[
    "text", "date", "yymmdd", "hundredths", "tenths", "academic_year", "quarter", "wrapped"
]


class LayoutField(Strict):
    """A field of a record.

    Attributes:
        title: The agency's name of it.
        id: The agency's number of it, such as 1.25 or SB11.
        name: Its name in the YAML; by default the title in lower case and underscores.
        type: How its text is read: dates in any of the forms that vendors write, amounts with an
            implied decimal point (two digits or one), long academic years, MMYYYY as a quarter,
            text between underscores.
        width: Characters of it in a record of fixed width.
        start: Its first character, counted from 1; by default behind the field before it.
        also: Other titles that exports write in a header.
        codes: Meanings of its codes, for messages.
        source: Key of `Layout.sources`, `inferred` or `not_found`; by default the record's.
    """

    title: str
    id: str = ""
    name: str = ""
    type: FieldType = "text"
    width: int = 0
    start: int = 0
    also: tuple[str, ...] = ()
    codes: dict[str, str] = Field(default_factory=dict)
    source: str = ""

    @property
    def label(self) -> str:
        """What a submitter calls it."""
        return f"{self.id} {self.title}".strip()


class Record(Strict):
    """A record type of a layout.

    Attributes:
        title: The agency's name of it.
        also: Other codes that stand for it, as extracts write them.
        number: What numbers of its fields begin with; 0 where they are numbered from 1 alone.
        length: Characters of a record of fixed width.
        source: Where its fields are described.
        positions: Where their places in a line are; the same by default. A file whose header names
            fields needs none.
        fields: Its fields in their order. In YAML a field is a mapping or ``title | type``.
        transactions: Fields that identify a record. One of transaction D withdraws those before it
            with the same, one of R takes their place.
    """

    title: str
    also: tuple[str, ...] = ()
    number: int = 0
    length: int = 0
    source: str
    positions: str = ""
    fields: tuple[LayoutField, ...]
    transactions: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        """Give each field its number, name, position and source."""
        fields, start = [], 1
        for position, given in enumerate(data["fields"], start=1):
            one = _field(given)
            if "number" in data:
                file = data["number"]
                one.setdefault("id", f"{file}.{position:02d}" if file else str(position))
            one.setdefault("name", _snake(one["title"]))
            one.setdefault("source", data["source"])
            start = one.setdefault("start", start) + one.get("width", 0)
            fields.append(one)
        return {"positions": data["source"], **data, "fields": fields}

    @cached_property
    def by_name(self) -> dict[str, LayoutField]:
        """The fields by their names in the YAML."""
        return {field.name: field for field in self.fields}


def _field(given: Any) -> dict[str, Any]:
    if not isinstance(given, str):
        return dict(given)
    title, _, type_ = (part.strip() for part in given.partition("|"))
    return {"title": title, **({"type": type_} if type_ else {})}


def _snake(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


class Layout(Strict):
    """A layout: its files, their records, and the feeds that come out.

    Attributes:
        name: Its name in folders and options.
        title: Its name in sentences.
        submitted_by: Who has files of it.
        form: `delimited` files without a header, or with one; `fixed` width; `named` by a header.
        delimiters: Of delimited files.
        is_mixed: Whether one file holds several record types.
        code_at: First character and width of the record's code in fixed width.
        optional: Titles of fields that a header may lack.
        sources: Public sources, by key.
        records: Record types by their code.
        feeds: Rows by feed.
    """

    name: str
    title: str
    submitted_by: str
    form: Literal["delimited", "fixed", "named"]
    delimiters: str = ","
    is_mixed: bool = False
    code_at: tuple[int, int] = (1, 1)
    optional: tuple[str, ...] = ()
    sources: dict[str, str]
    records: dict[str, Record]
    feeds: dict[str, FeedRows]

    @model_validator(mode="after")
    def _names_exist(self) -> "Layout":
        for feed, rows in self.feeds.items():
            for name in sorted(rows.used):
                record, _, field = name.partition(".")
                if record not in self.records or field not in self.records[record].by_name:
                    raise ValueError(f"{self.name}: {feed} reads {name}, which no record has")
        known = {*self.sources, INFERRED, NOT_FOUND}
        for place, source in self._sourced():
            if source not in known:
                raise ValueError(f"{self.name}: {place} names the source {source}, which it lacks")
        return self

    def _sourced(self) -> Iterator[tuple[str, str]]:
        for code, record in self.records.items():
            yield code, record.positions
            yield from ((f"{code}.{field.name}", field.source) for field in record.fields)
        for feed, rows in self.feeds.items():
            columns = rows.columns.items()
            yield from ((f"{feed}.{name}", one.source) for name, one in columns if one.source)

    @cached_property
    def codes(self) -> dict[str, str]:
        """The record type of each code that files write."""
        return {code: name for name, one in self.records.items() for code in (name, *one.also)}

    def field(self, name: str) -> LayoutField:
        """Return a field by its name as ``RECORD.name``."""
        record, _, field = name.partition(".")
        return self.records[record].by_name[field]

    def label(self, name: str) -> str:
        """Return what a submitter calls a field: its record type, number and title."""
        record, label = name.partition(".")[0], self.field(name).label
        return label if label.startswith(record) else f"{record} {label}"

    def unsourced(self, feed: str, by_position: bool = True) -> dict[str, str]:
        """Return what a feed's rows draw on that has no public source, with what it has instead.

        Args:
            feed: The feed.
            by_position: Whether any file is read by the places of its fields, not by a header.
        """
        rows = self.feeds[feed]
        places = {
            f"places of fields in {code}": self.records[code].positions
            for code in (rows.records if by_position else ())
        }
        fields = {name: self.field(name).source for name in sorted(rows.used)}
        rules = {f"{feed}.{name}": one.source for name, one in rows.columns.items() if one.source}
        return {k: v for k, v in (places | fields | rules).items() if v in (INFERRED, NOT_FOUND)}

    def is_draft(self, feed: str, by_position: bool = True) -> bool:
        """Return whether a feed's rows draw on anything without a public source."""
        return bool(self.unsourced(feed, by_position))


def _layouts() -> dict[str, Layout]:
    files = sorted(Path(__file__).parent.glob("*.yml"))
    loaded = [Layout.model_validate(yaml.safe_load(path.read_text())) for path in files]
    return {layout.name: layout for layout in loaded}


LAYOUTS: dict[str, Layout] = _layouts()
