"""How a delivery's quality is counted: keys, rows, people and amounts that its numbers go without.

Lives here: the vocabulary a contract's `impacts` are written in. Does not: any single feed, reading
a delivery (`pipelines.feedback.data_impact`). What impacts say of metrics is what the models
`int_k12__graduation`, `int_k12__pathway_spell`, `int_college__cte_exiter` and
`int_person__attribute` do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

# Columns that counting adds to the delivered ones: whether a row is rejected, and its broken rules.
REJECTED, BROKEN = "_rejected", "_broken"
_REJECTED, _ACCEPTED = pl.col(REJECTED), ~pl.col(REJECTED)

# Verbs of a sentence about one thing; about any other number of things the key itself is used.
_OF_ONE = {"have": "has", "lack": "lacks", "are": "is"}


@dataclass(frozen=True)
class Measure:
    """Two aggregates over the rows of one file: a count, and what it is a part of."""

    count: pl.Expr
    of: pl.Expr


@dataclass(frozen=True)
class DataImpact:
    """One thing counted in a delivery, and the sentence its submitter reads.

    Attributes:
        name: Name in the report's figures.
        label: What is counted, as a line of a table.
        measure: How it is counted.
        message: The sentence, with ``{n}``, ``{of}``, ``{share}`` and verbs such as ``{have}``.
        unit: Written before numbers: ``$`` for money.
    """

    name: str
    label: str
    measure: Measure
    message: str
    unit: str = ""

    @cached_property
    def columns(self) -> set[str]:
        """Delivered columns it reads."""
        read = {*self.measure.count.meta.root_names(), *self.measure.of.meta.root_names()}
        return read - {REJECTED, BROKEN}

    def sentence(self, n: float, of: float) -> str:
        """Return the sentence for `n` of `of`."""
        verbs = {many: one if n == 1 else many for many, one in _OF_ONE.items()}
        return self.message.format(
            n=f"{self.unit}{n:,.0f}", of=f"{self.unit}{of:,.0f}", share=share(n, of), **verbs
        )


def share(n: float, of: float) -> str:
    """Return a share in per cent; what is not nothing is never written as 0 %."""
    if not of:
        return "0 %"
    percent = 100 * n / of
    return f"{percent:.0f} %" if percent == 0 or percent >= 1 else f"{max(percent, 0.1):.1f} %"


def lost(columns: Sequence[str], among: pl.Expr | None = None) -> Measure:
    """Return how many distinct keys are only in rejected rows, of how many delivered."""
    chosen = pl.lit(True) if among is None else among
    everyone = _distinct(columns, chosen)
    return Measure(everyone - _distinct(columns, chosen & _ACCEPTED), everyone)


def rows(holds: pl.Expr, among: pl.Expr | None = None) -> Measure:
    """Return how many accepted rows something holds for, of those among which it may."""
    chosen = _ACCEPTED if among is None else _ACCEPTED & among.fill_null(False)
    return Measure((chosen & holds.fill_null(False)).sum(), chosen.sum())


def people(columns: Sequence[str], never: pl.Expr) -> Measure:
    """Return how many people have no accepted row in which `never` is false, of all accepted."""
    everyone = _distinct(columns, _ACCEPTED)
    return Measure(everyone - _distinct(columns, _ACCEPTED & ~never), everyone)


def amount(column: str) -> Measure:
    """Return the sum of a number in rejected rows, of all rows; what is no number adds nothing."""
    value = pl.col(column).cast(pl.Float64, strict=False).fill_null(0).fill_nan(0)
    sane = pl.when(value.is_between(0, 1e9)).then(value).otherwise(0)
    return Measure(sane.filter(_REJECTED).sum(), sane.sum())


def rejected_for(column: str) -> Measure:
    """Return how many rows break a rule of a column, of all rows."""
    breaks = pl.col(BROKEN).list.eval(pl.element().str.starts_with(f"{column}:")).list.any()
    return Measure(breaks.sum(), pl.len())


def people_lost(key: Sequence[str], consequence: str, who: str = "students") -> DataImpact:
    """Return the impact of people all of whose rows are rejected."""
    subject = "people" if who == "students" else who
    return DataImpact(
        "people_lost",
        f"{subject} with no accepted row",
        lost(key),
        f"{{n}} of {{of}} {who} {{have}} only rejected rows. {consequence}",
    )


def _distinct(columns: Sequence[str], among: pl.Expr) -> pl.Expr:
    complete = pl.all_horizontal(pl.col(*columns).is_not_null())
    return pl.struct(*columns).filter(among & complete).n_unique()
