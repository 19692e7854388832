"""Rules by which fields of a layout become one value of the contract.

Lives here: what YAML names in `rule`. Does not: which fields (`schemas/layouts`).
"""

from collections.abc import Callable, Sequence
from functools import reduce

import polars as pl

from schemas.periods import academic_year_of_term

Rule = Callable[[Sequence[pl.Expr]], pl.Expr]

# First digits of the CDE's race codes, 2xx being Asian and 3xx Pacific Islander.
_CDE_RACES = {"1": "RI", "2": "RA", "3": "RP", "4": "RF", "6": "RB", "7": "RW"}

# Characters of SB29 behind the Hispanic ones, and digits of terms in GI03.
_MIS_RACES = {
    "RA": (6, 12),
    "RF": (13, 13),
    "RB": (15, 15),
    "RI": (16, 16),
    "RP": (17, 20),
    "RW": (21, 21),
}
_MIS_TERMS = {"1": "WI", "3": "SP", "5": "SU", "7": "FA"}


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


def race_of_mis(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the CDE's reporting category of SB29, a character for each group of people."""
    [groups] = fields
    races = [
        pl.when(groups.str.slice(first - 1, last - first + 1).str.contains("Y")).then(pl.lit(race))
        for race, (first, last) in _MIS_RACES.items()
    ]
    return _category(groups.str.slice(0, 1) == "Y", races)


def term_of_mis(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return 2018FA of 187: the last digits of the year in which the term began, and the term."""
    [term] = fields
    season = term.str.slice(2, 1).replace_strict(_MIS_TERMS, default=None)
    return pl.coalesce(pl.concat_str(pl.lit("20"), term.str.slice(0, 2), season), term)


def year_of_mis(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the academic year of a term like 187."""
    return academic_year_of_term(term_of_mis(fields))


def ssn_of_mis(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the student's identifier where its kind says that it is an SSN."""
    number, kind = fields
    return pl.when(kind == "S").then(number)


def year_of_day(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the academic year of a day."""
    [day] = fields
    first = day.str.slice(0, 4).cast(pl.Int32, strict=False)
    first -= (day.str.slice(5, 2) < "07").cast(pl.Int32)
    return pl.concat_str(first.cast(pl.String), ((first + 1) % 100).cast(pl.String).str.zfill(2),
                         separator="-")  # fmt: skip


def term_of_day(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the term that begins on a day.

    Summer begins in June and July, fall to November, winter to 14 January; all else is spring.
    """
    [day] = fields
    month, in_december = day.str.slice(5, 2), day.str.slice(5, 2) == "12"
    season = (
        pl.when(month.is_in(["06", "07"]))
        .then(pl.lit("SU"))
        .when(month.is_in(["08", "09", "10", "11"]))
        .then(pl.lit("FA"))
        .when(in_december | (day.str.slice(5) < "01-15"))
        .then(pl.lit("WI"))
        .otherwise(pl.lit("SP"))
    )
    # A winter term is of the year in which it ends.
    year = day.str.slice(0, 4).cast(pl.Int32, strict=False) + in_december.cast(pl.Int32)
    return pl.concat_str(year.cast(pl.String), season)


def year_of_term_of_day(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the academic year of the term that begins on a day."""
    return academic_year_of_term(term_of_day(fields))


def first_6_digits(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return what stands before the branch in a college code like 001234-00.

    Nothing of any other text: a code that a spreadsheet took its zeros from is another college's.
    """
    [code] = fields
    return code.str.extract(r"^([0-9]{6})(?:-?[0-9]{2})?$")


def ssid(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the first field that is a state id, 10 digits."""
    return pl.coalesce([pl.when(f.str.contains(r"^[0-9]{10}$")).then(f) for f in fields])


def cip(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return 51.3801 of 513801."""
    [code] = fields
    return code.str.replace(r"^([0-9]{2})\.?([0-9]{4})$", "$1.$2")


def state_of_college(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return a state's two letters; nothing of any other text."""
    [state] = fields
    return state.str.to_uppercase().str.extract(r"^([A-Z]{2})$")


def level_of_college(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return 2, 4 or L (less than two years) of texts like 2 and 2-year."""
    [years] = fields
    return years.str.to_uppercase().str.extract(r"^([24L])(?:[ -].*)?$")


def sector_of_college(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return PUBLIC or PRIVATE; nothing of any other text."""
    [sector] = fields
    return sector.str.to_uppercase().str.extract(r"^(PUBLIC|PRIVATE)$")


def award_of_title(fields: Sequence[pl.Expr]) -> pl.Expr:
    """Return the kind of award that a degree's title names: B, S, A, or O for any other."""
    title = fields[0].str.to_uppercase()
    return (
        pl.when(title.str.contains("BACHELOR"))
        .then(pl.lit("B"))
        .when(title.str.contains("ASSOCIATE.*SCIENCE"))
        .then(pl.lit("S"))
        .when(title.str.contains("ASSOCIATE"))
        .then(pl.lit("A"))
        .when(title.is_not_null())
        .then(pl.lit("O"))
    )


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        joined,
        last_8_digits,
        race_of_calpads,
        race_of_mis,
        term_of_mis,
        year_of_mis,
        ssn_of_mis,
        year_of_day,
        term_of_day,
        year_of_term_of_day,
        first_6_digits,
        ssid,
        cip,
        award_of_title,
        state_of_college,
        level_of_college,
        sector_of_college,
    )
}
