"""Rules by which fields of a layout become one value of the contract.

Lives here: what YAML names in `rule`. Does not: which fields (`schemas/layouts`).
"""

from collections.abc import Callable, Sequence
from functools import reduce

import polars as pl

Rule = Callable[[Sequence[pl.Expr]], pl.Expr]

# First digits of the CDE's race codes, 2xx being Asian and 3xx Pacific Islander.
_CDE_RACES = {"1": "RI", "2": "RA", "3": "RP", "4": "RF", "6": "RB", "7": "RW"}


def joined(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the fields one behind the other; empty where one is."""
    return pl.concat_str(*fields)


def last_8_digits(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the last 8 digits of the first field that has any, without zeros before them."""
    filled = [pl.when(field.str.contains(r"[1-9]")).then(field) for field in fields]
    number = pl.coalesce(filled).str.strip_chars_start("0")
    return pl.when(number.str.len_chars() <= 8).then(number.str.zfill(8)).otherwise(number)


def race_of_calpads(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the CDE's reporting category of a Hispanic indicator and five race codes."""
    hispanic, *races = fields
    return _category(hispanic == "Y", [_race(field) for field in races])


def _race(field: pl.Expr) -> pl.Expr:
    return field.str.slice(0, 1).replace_strict(_CDE_RACES, default=None)


def _category(is_hispanic: pl.Expr, races: Sequence[pl.Expr]) -> pl.Expr:
    """Return RH, the one race, RT of several or RD of none; Hispanic of any race is RH."""
    first = pl.coalesce(list(races))
    has_other = reduce(lambda a, b: a | b, [(race != first).fill_null(False) for race in races])
    return (
        pl.when(is_hispanic.fill_null(False))
        .then(pl.lit("RH"))
        .when(first.is_null())
        .then(pl.lit("RD"))
        .when(has_other)
        .then(pl.lit("RT"))
        .otherwise(first)
    )


RULES: dict[str, Rule] = {rule.__name__: rule for rule in (joined, last_8_digits, race_of_calpads)}
