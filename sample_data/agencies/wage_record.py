"""An ICESA wage file: employers with their employees' wages in cents, and totals."""

from collections.abc import Mapping

import polars as pl

from sample_data.agencies.calpads import text

_LENGTH = 275
_MONTHS = {"Q1": "03", "Q2": "06", "Q3": "09", "Q4": "12"}


def files(rows: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return the agency's file of a quarter."""
    wages = rows["wage"].sort("employer_account", maintain_order=True)
    cents = (pl.col("quarterly_wages_usd").cast(pl.Float64) * 100).round().cast(pl.Int64)
    quarter = pl.concat_str(
        pl.col("quarter").str.slice(4).replace(_MONTHS), pl.col("quarter").str.slice(0, 4)
    )
    wages = wages.with_columns(cents=cents, ends=quarter)
    employees = wages.select(
        "employer_account",
        order=pl.lit(1),
        line=_line(
            (1, pl.lit("S"), 1), (2, "ssn", 9), (11, "last_name", 20), (31, "first_name", 12),
            (64, _zeros("cents", 14), 14), (215, "ends", 6),
        ),
    )  # fmt: skip
    accounts = wages.group_by("employer_account", maintain_order=True).agg(
        n=pl.len(), cents=pl.col("cents").sum(), quarter=pl.col("quarter").first()
    )
    employers = accounts.select(
        "employer_account",
        order=pl.lit(0),
        line=_line(
            (1, pl.lit("E"), 1), (2, pl.col("quarter").str.slice(0, 4), 4),
            (173, "employer_account", 8),
            (188, pl.col("quarter").str.slice(4).replace(_MONTHS), 2),
        ),
    )  # fmt: skip
    totals = accounts.select(
        "employer_account",
        order=pl.lit(2),
        line=_line(
            (1, pl.lit("T"), 1), (2, _zeros("n", 7), 7), (9, pl.lit("UTAX"), 4),
            (13, _zeros("cents", 14), 14),
        ),
    )  # fmt: skip
    groups = pl.concat([employers, employees, totals]).sort(
        "employer_account", "order", maintain_order=True
    )
    first, last = "A".ljust(_LENGTH), "F".ljust(_LENGTH)
    lines = [first, *groups["line"], last]
    return {"icesa.txt": "".join(f"{line}\r\n" for line in lines)}


def _zeros(column: str, width: int) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.zfill(width)


def _line(*fields: tuple[int, str | pl.Expr, int]) -> pl.Expr:
    """Return a record of fixed width: start, value and width of its fields, blanks between."""
    parts, at = [], 1
    for start, value, width in fields:
        if start > at:
            parts.append(pl.lit(" " * (start - at)))
        parts.append(text(value).str.slice(0, width).str.pad_end(width))
        at = start + width
    return pl.concat_str(*parts, pl.lit(" " * (_LENGTH + 1 - at)))
