"""What a sample feed is: columns, rows, and labelled ways to break its rules.

Lives here: `SampleFeed`, `Corruption`, and the expressions and corruptions that feeds share. Does
not: any feed (`sample_data.feeds`), or the contracts: rule names are those the gate reports, but
what a corruption breaks is stated here on its own, so that the two can be held against each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from sample_data.lives.lives import Lives
from sample_data.world.collaboration import Collaboration

# True for the rows at the home school of the first person of a class: see `dirt`.
FIRST_OF_CLASS = "_is_first_of_class"
REGISTRY_SUBMITTER = "state_registry"

EMPTY = pl.lit(None, dtype=pl.String)
# First calendar year of the folder's period.
YEAR = pl.col("_period").str.slice(0, 4).cast(pl.Int64)


@dataclass(frozen=True)
class Corruption:
    """A way to break a rule.

    Attributes:
        rule: The rule as the gate reports it.
        change: New values of the row's columns; a key:unique corruption has none and is a copy.
        where: Rows it can be done to without breaking anything that isn't listed.
        also: Other rules that such a row breaks.
        is_planted_alone: It is in states alone in which every rule is broken, once.
    """

    rule: str
    change: Mapping[str, pl.Expr] = field(default_factory=dict)
    where: pl.Expr = field(default_factory=lambda: pl.lit(True))
    also: tuple[str, ...] = ()
    is_planted_alone: bool = False


@dataclass(frozen=True)
class SampleFeed:
    """A feed of the synthetic state.

    Attributes:
        columns: Delivered columns in order; the first is the period.
        optional: Columns that may be empty.
        rows: Returns what agencies deliver of some lives, clean; `person` is a row of the people,
            `_period` and `_submitter` name the file. None where the feed lists no person.
        reference: Returns the whole feed where it lists no person.
        corruptions: Ways to break the rules that its columns alone don't call for.
        where: Rows that a corruption of a column needs, by rule.
        also: Other rules that a corruption of a column breaks, by rule.
    """

    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    rows: Callable[[Lives], pl.DataFrame] | None = None
    reference: Callable[[Collaboration], pl.DataFrame] | None = None
    corruptions: tuple[Corruption, ...] = ()
    where: Mapping[str, pl.Expr] = field(default_factory=dict)
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_of_schools(self) -> bool:
        """Whether districts deliver it and state ids are part of its key."""
        return "district_id" in self.columns


def is_empty(column: str) -> pl.Expr:
    """Return whether a delivered column is empty."""
    return pl.col(column).is_null()


def has(column: str) -> pl.Expr:
    """Return whether a delivered column holds a value."""
    return pl.col(column).is_not_null()


def date(column: str) -> pl.Expr:
    """Return a delivered column as dates."""
    return pl.col(column).str.to_date("%Y-%m-%d", strict=False)


def number(column: str) -> pl.Expr:
    """Return a delivered column as numbers."""
    return pl.col(column).cast(pl.Float64, strict=False)


def shifted(column: str, by: str) -> pl.Expr:
    """Return a delivered date moved by an offset such as -30y, as text."""
    return date(column).dt.offset_by(by).cast(pl.String)


PASSED = number("units_earned") > 0
SCHOOL_ELSEWHERE = pl.lit("0199999") + pl.col("school_id").str.slice(7)
OF_SCHOOLS = (
    Corruption("district_id:submitter", {"district_id": pl.lit("0199999"),
                                         "school_id": SCHOOL_ELSEWHERE}),
    Corruption("school_in_district", {"school_id": SCHOOL_ELSEWHERE}),
)  # fmt: skip
OF_INSTITUTIONS = (Corruption("institution_id:submitter", {"institution_id": pl.lit("949999")}),)
OF_TERMS = (
    Corruption("term_in_academic_year", {"term_id": pl.format("{}FA", YEAR + 2)}),
    Corruption(
        "earned_within_attempted",
        {"units_earned": (number("units_attempted") + 1).cast(pl.String)},
        # Stays within 20, so that the range of neither feed is left.
        PASSED & (number("units_attempted") < 19),
    ),
)
