"""Fields of a layout as the contract writes them: dates, amounts, years and quarters.

Lives here: each `type` that YAML names. A value that is not of its type stays as it was delivered,
so that the contract rejects it in the submitter's own writing.
"""

import polars as pl

from schemas.layouts.model import LayoutField

_EIGHT = r"^[0-9]{8}$"
_SLASHES = r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$"


def written(field: LayoutField, delivered: pl.Series) -> pl.Expr:
    """Return a field's column in the contract's writing, from text without blanks around it."""
    value = pl.col(delivered.name)
    if field.type == "text":
        return value
    one = delivered.min()
    if isinstance(one, str) and delivered.null_count() == 0 and one == delivered.max():
        # Years and quarters are mostly the same in all records.
        return pl.lit(pl.select(_form(field.type, pl.lit(one))).item(), pl.String)
    if field.type == "date" and _is_year_first(delivered):
        # Nearly all columns are of one form, and the cheap way takes a third of the time.
        return _of_eight_digits(value)
    return _form(field.type, value)


def _form(kind: str, value: pl.Expr) -> pl.Expr:
    """Return a value of a type other than text as the contract writes it."""
    match kind:
        case "date":
            return _date(value)
        case "yymmdd":
            six = value.str.contains(r"^[0-9]{6}$")
            return pl.when(six).then(_date(pl.concat_str(pl.lit("20"), value))).otherwise(value)
        case "hundredths":
            return _implied(value, 100)
        case "tenths":
            return _implied(value, 10)
        case "academic_year":
            return value.str.replace(r"^([0-9]{4})-[0-9]{2}([0-9]{2})$", "$1-$2")
        case "quarter":
            return _quarter(value)
        case "wrapped":
            bare = value.str.strip_chars('_="')
            return pl.when(bare != "").then(bare)
        case _:
            return value


def _is_year_first(delivered: pl.Series) -> bool:
    """Return whether all values are eight digits that begin with a year."""
    values = delivered.drop_nulls()
    century = values.str.slice(0, 2)
    return bool(
        (values.str.len_bytes() == 8).all() and ((century == "20") | (century == "19")).all()
    )


def _of_eight_digits(value: pl.Expr) -> pl.Expr:
    part = value.str.slice
    return pl.concat_str(part(0, 4), part(4, 2), part(6), separator="-")


def _date(value: pl.Expr) -> pl.Expr:
    """Return YYYY-MM-DD of YYYYMMDD, MMDDYYYY and M/D/YYYY.

    No month is 19 or 20, so eight digits are of one form alone.
    """
    part = value.str.slice
    begins_with_year = part(0, 2).is_in(["19", "20"])
    month_first = part(4, 2).is_in(["19", "20"]) & ~begins_with_year
    eight = value.str.contains(_EIGHT)
    month, day = (value.str.extract(one).str.zfill(2) for one in (r"^([0-9]+)/", r"/([0-9]+)/"))
    return (
        pl.when(eight & month_first)
        .then(pl.concat_str(part(4), part(0, 2), part(2, 2), separator="-"))
        .when(eight)
        .then(_of_eight_digits(value))
        .when(value.str.contains(_SLASHES))
        .then(pl.concat_str(part(-4), month, day, separator="-"))
        .otherwise(value)
    )


def _implied(value: pl.Expr, parts: int) -> pl.Expr:
    """Return an amount with the decimal point that its digits imply."""
    places = len(str(parts)) - 1
    digits = value.str.strip_chars_start("0").str.zfill(places + 1)
    return (
        pl.when(value.str.contains(r"^[0-9]+$"))
        .then(pl.concat_str(digits.str.head(-places), pl.lit("."), digits.str.tail(places)))
        .otherwise(pl.coalesce((value.cast(pl.Int64, strict=False) / parts).cast(pl.String), value))
    )


def _quarter(value: pl.Expr) -> pl.Expr:
    """Return 1999Q1 of 031999, the month that ends the quarter."""
    month = value.str.slice(0, 2).replace_strict(
        {"03": "Q1", "06": "Q2", "09": "Q3", "12": "Q4"}, default=None
    )
    quarter = pl.concat_str(value.str.slice(2), month)
    return (
        pl.when(value.str.contains(r"^[0-9]{6}$"))
        .then(pl.coalesce(quarter, value))
        .otherwise(value)
    )
