"""How records of a layout become rows of a feed, as YAML says it.

Lives here: models of joins, filters, columns and what is filled, blank or lost. Does not: records
(`schemas.layouts.model`), making the rows (`pipelines.intake.readers.layouts.rows`).
"""

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """A part of a layout: no name that is not known, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Filter(Strict):
    """Some records of a type: those with one of some values in each of some fields.

    The value `*` stands for any, `""` for none, and `!x` for any but x.
    """

    record: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Join(Strict):
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


class Column(Strict):
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


class Totals(Strict):
    """A record that says what the base's records above it come to, since the last such record."""

    record: str
    count: str
    add: str
    of: str


class FeedRows(Strict):
    """How records become rows of a feed.

    Attributes:
        base: Record type of which each record is a row.
        needs: Record types without which the delivery is refused.
        where: Values of fields of the base or, as ``RECORD.name``, of a joined record; records
            with others are not of the feed.
        one_period: Whether rows of other periods than the delivery's are not of the feed.
        joins: Other record types, and how they are joined.
        columns: Where each column of the contract comes from.
        beside: The same of columns that the feed has beside its contract's, `Feed.beside`.
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
    beside: dict[str, Column] = Field(default_factory=dict)
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
        columns = (*self.columns.values(), *self.beside.values())
        used = {name for column in columns for name in column.used}
        used |= {n if "." in n else f"{self.base}.{n}" for n in self.where}
        for record, join in self.joins.items():
            used |= {f"{record}.{name}" for name in (*join.pairs, join.last) if name}
            used |= {f"{join.to or self.base}.{name}" for name in join.pairs.values()}
        for total in self.totals:
            used |= {f"{total.record}.{total.count}", f"{total.record}.{total.add}", total.of}
        return frozenset(used)
