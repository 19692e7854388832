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
from pydantic import BaseModel, ConfigDict, Field, model_validator

# Sources that are none: the order of fields follows from their numbers; nothing was found.
INFERRED, NOT_FOUND = "inferred", "not_found"
FieldType = Literal[
    "text", "date", "yymmdd", "hundredths", "tenths", "academic_year", "quarter", "wrapped"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LayoutField(_Strict):
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


class Record(_Strict):
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


class Filter(_Strict):
    """Some records of a type: those with one of some values in each of some fields.

    The value `*` stands for any, `""` for none, and `!x` for any but x.
    """

    record: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Join(_Strict):
    """How a record type is joined to the base.

    Attributes:
        keys: Fields that both have, or the base's name of each by the record's.
        last: Of several records, the one with the last value of this field counts.
        many: All records count, through `Column.has`, `count`, `add` and `latest`.
        above: The record that stands last above the base's in the file, whatever it holds.
        to: The record of many that it is joined to, when that is not the base.
    """

    keys: tuple[str, ...] | dict[str, str] = ()
    last: str = ""
    many: bool = False
    above: bool = False
    to: str = ""

    @property
    def pairs(self) -> dict[str, str]:
        """The record's fields, and those of the base or of `to` that they equal."""
        return dict(self.keys) if isinstance(self.keys, dict) else {k: k for k in self.keys}


class Column(_Strict):
    """Where a column of the contract comes from. In YAML, a field alone or a mapping.

    Attributes:
        field: The field, as ``RECORD.name``.
        fields: Fields that `rule` reads; without a rule, the first that is not empty.
        rule: A rule of `pipelines.intake.readers.layouts.rules`.
        has: Y where a record of these is joined, else N.
        count: How many different values of `of` records of these have.
        add: Field whose amounts are added up.
        latest: Field of the last of the joined records, in order of `order`.
        where: Which records `add` and `latest` are of.
        of: The field that `count` counts.
        order: See `latest`.
        codes: Codes of the layout and the contract's for them; others stay as they are.
        empty: What stands where nothing is given.
        source: Of the codes or the rule, where it is another than the field's.
    """

    field: str = ""
    fields: tuple[str, ...] = ()
    rule: str = ""
    has: Filter | None = None
    count: Filter | None = None
    add: str = ""
    latest: str = ""
    where: Filter | None = None
    of: str = ""
    order: tuple[str, ...] = ()
    codes: dict[str, str] = Field(default_factory=dict)
    empty: str | None = None
    source: str = ""

    @property
    def used(self) -> tuple[str, ...]:
        """All fields that it reads, as ``RECORD.name``."""
        named = [self.field, *self.fields, self.add, self.latest, self.of, *self.order]
        for some in (self.has, self.count, self.where):
            if some:
                named += [n if "." in n else f"{some.record}.{n}" for n in some.where]
        return tuple(name for name in named if name)


class Totals(_Strict):
    """A record that says what the base's records above it come to, since the last such record."""

    record: str
    count: str
    add: str
    of: str


class FeedRows(_Strict):
    """How records become rows of a feed.

    Attributes:
        base: Record type of which each record is a row.
        needs: Record types without which the delivery is refused.
        where: Values of fields of the base or, as ``RECORD.name``, of a joined record; records
            with others are not of the feed.
        one_period: Whether rows of other periods than the delivery's are not of the feed.
        joins: Other record types, and how they are joined.
        columns: Where each column of the contract comes from.
        blank: Columns that the layout does not have, and why; they are empty, and the contract
            admits that.
        dropped_rules: Rules that rows of the layout cannot keep, and why.
        fills: Columns that a rule fills, and the rule in a sentence.
        losses: What the layout cannot say, a sentence each.
        distinct: Rows that are the same in all columns count once.
        net: Rows that agree in the contract's key count once, with the sum of this column.
        totals: Records that the base's are checked by.
    """

    base: str
    needs: tuple[str, ...]
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    one_period: bool = False
    joins: dict[str, Join] = Field(default_factory=dict)
    columns: dict[str, Column]
    blank: dict[str, str] = Field(default_factory=dict)
    dropped_rules: dict[str, str] = Field(default_factory=dict)
    fills: dict[str, str] = Field(default_factory=dict)
    losses: tuple[str, ...] = ()
    distinct: bool = False
    net: str = ""
    totals: tuple[Totals, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _columns(cls, data: Any) -> Any:
        columns = {
            name: {"field": column} if isinstance(column, str) else column
            for name, column in data["columns"].items()
        }
        return {**data, "columns": columns}

    @property
    def records(self) -> tuple[str, ...]:
        """All record types that rows may draw on."""
        checks = (total.record for total in self.totals)
        return tuple(dict.fromkeys([self.base, *self.needs, *self.joins, *checks]))

    @cached_property
    def used(self) -> frozenset[str]:
        """All fields that rows draw on, as ``RECORD.name``."""
        used = {name for column in self.columns.values() for name in column.used}
        used |= {n if "." in n else f"{self.base}.{n}" for n in self.where}
        for record, join in self.joins.items():
            used |= {f"{record}.{name}" for name in (*join.pairs, join.last) if name}
            used |= {f"{join.to or self.base}.{name}" for name in join.pairs.values()}
        for total in self.totals:
            used |= {f"{total.record}.{total.count}", f"{total.record}.{total.add}", total.of}
        return frozenset(used)


class Layout(_Strict):
    """A layout: its files, their records, and the feeds that come out.

    Attributes:
        name: Its name in folders and options.
        title: Its name in sentences.
        submitted_by: Who has files of it.
        form: `delimited` files without a header, or with one; `fixed` width; `named` by a header.
        delimiters: Of delimited files.
        is_mixed: Whether one file holds several record types.
        code_at: First character and width of the record's code in fixed width.
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
