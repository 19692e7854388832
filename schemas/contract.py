"""What a contract is: one record per feed, with every fact that the pipeline needs of it.

Lives here: the `Feed` record, references between feeds, the columns every delivered row carries.
Does not: any single feed (`schemas.feeds`), the vocabulary of rules (`schemas.rules`), any I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandera.polars as pa
import polars as pl

from schemas.data_impact import DataImpact
from schemas.periods import PeriodKind
from schemas.policy import LATENESS, POLICY, Lateness
from schemas.rules import IDENTIFYING, MESSAGE, rule_name, type_message


class DeliveredRow(pa.DataFrameModel):
    """One row of a delivery with where it came from; every feed's contract extends it."""

    submitter: pl.String = pa.Field(description="Who sent the file: its name without ending.")
    period: pl.String = pa.Field(description="Reporting period: the folder the file lay in.")
    delivery_sha256: pl.String = pa.Field(description="SHA-256 of the delivered file, hex.")
    row_number: pl.Int64 = pa.Field(
        description="Row of the file as a spreadsheet shows it; the header is row 1."
    )

    class Config(pa.DataFrameModel.Config):
        """Exactly these columns: the reader has already removed or refused all others."""

        strict = True


PROVENANCE = ("period", "submitter", "delivery_sha256", "row_number")


@dataclass(frozen=True)
class Reference:
    """A key that rows of a feed share with rows of another feed, and how often it must be there.

    Attributes:
        parent: Feed that is referred to.
        key: The key, as SQL over the referring feed's accepted columns.
        warn_below: Share of a period's rows that have a parent, below which a check warns.
        stop_below: The same over all periods, below which no release is made.
        within_period: Whether the parent must be of the same period, or may be of any.
        parent_key: The key over the parent's columns; the same where not given.
        only: Condition on the referring rows, as SQL.
    """

    parent: str
    key: str
    warn_below: float
    stop_below: float
    within_period: bool = False
    parent_key: str = ""
    only: str = "true"

    @property
    def name(self) -> str:
        """The key and the feed it refers to."""
        return f"{self.key} in {self.parent}"


def values_of(*columns: str) -> dict[str, str]:
    """Return the profile of columns whose values are compared as they are."""
    return {name: name for name in columns}


def steps_of(column: str, width: int) -> dict[str, str]:
    """Return the profile of a number that is compared in steps of `width`."""
    return {column: f"cast(floor({column} / {width}) * {width} as integer)"}


def start_of(column: str, length: int) -> dict[str, str]:
    """Return the profile of a code that is compared by its first `length` characters."""
    return {column: f"left({column}, {length})"}


# Feeds are compared by identity: there is one object for each.
@dataclass(frozen=True, eq=False, kw_only=True)
class Feed:
    """One feed's contract and the facts the pipeline needs to move it.

    Attributes:
        name: The one name of the feed, in folders, assets, sources, models and tests.
        order: Place among feeds: registry, K-12, college, award, wage, then collaboration. Linkage
            names pairs of feeds in this order; another one would rename released rows.
        model: pandera model of a delivered row, provenance included.
        grain: One sentence that says what a row is.
        submitted_by: Who sends it.
        period_kind: Calendar of its partitions.
        key: Columns that identify a row within one submitter's delivery.
        example: A good row as text, which docs show and tests start from.
        impacts: What a delivery's quality does to its submitter's numbers.
        person_key: Columns under which the submitter knows a person; empty for reference feeds.
        beside: Columns of text that rows of some layouts have beside the contract's, with what they
            hold. No contract file has them.
        is_for_linkage_alone: Whether it says who is who and nothing else: no row of it is accepted
            or released, and it adds no person whom no other feed has.
        quarantine_limit: Share of quarantined rows, 0 to 1, above which no release is made.
        due_after_days: Days after the end of a period by which its deliveries are due.
        row_floor: Accepted rows that each period must have.
        profile: Columns whose values are compared with the current release, each as SQL over the
            accepted file and the fact alike; a feed without a fact has none.
        references: Keys that it shares with other feeds.
    """

    name: str
    order: int
    model: type[DeliveredRow]
    grain: str
    submitted_by: str
    period_kind: PeriodKind
    key: tuple[str, ...]
    example: Mapping[str, str | None]
    impacts: tuple[DataImpact, ...]
    person_key: tuple[str, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
    is_for_linkage_alone: bool = False
    quarantine_limit: float = POLICY.quarantine_limit
    due_after_days: int = POLICY.due_after_days
    row_floor: int = 1
    profile: Mapping[str, str] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()

    @property
    def lateness(self) -> Lateness:
        """Days without a delivery after which the feed is late."""
        return LATENESS[self.period_kind]

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The contract as pandera judges it."""
        return self.model.to_schema()

    @cached_property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Delivered columns and the types they are read as, in contract order."""
        columns = self.schema.columns
        return {name: col.dtype.type for name, col in columns.items() if name not in PROVENANCE}

    @cached_property
    def identifying(self) -> tuple[str, ...]:
        """Columns that identify a person: they stop at the gate."""
        columns = self.schema.columns
        return tuple(name for name, col in columns.items() if _metadata(col).get(IDENTIFYING))

    @cached_property
    def descriptions(self) -> dict[str, str]:
        """Description of every delivered column."""
        columns = self.schema.columns
        return {name: columns[name].description or "" for name in self.dtypes}

    @cached_property
    def is_dated(self) -> bool:
        """Whether a day in each record says its period: equal rows of two are then no copy."""
        return False

    @cached_property
    def own_names(self) -> Mapping[str, str]:
        """What a submitter calls each column, where that is not its name here."""
        return {}

    def in_own_words(self, sentence: str) -> str:
        """Return a sentence about columns as its submitter reads it."""
        return sentence

    @cached_property
    def rules(self) -> dict[str, str]:
        """Every row rule this contract can report, with its message to the submitter."""
        schema = self.schema
        rules: dict[str, str] = {}
        for name, dtype in self.dtypes.items():
            if dtype != pl.String:
                rules[f"{name}:type"] = type_message(name, dtype)
            column = schema.columns[name]
            if not column.nullable:
                rules[f"{name}:required"] = f"{name} must not be empty."
            for check in column.checks:
                rules[rule_name(name, check)] = f"{name} {_metadata(column)[MESSAGE]}."
        return rules | {rule_name(None, c): c.error or "" for c in schema.checks or []}


def _metadata(column: Any) -> dict[str, Any]:
    return column.metadata or {}
