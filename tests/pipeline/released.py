"""Reading a released warehouse, and telling cells apart when they differ."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from tests.reference.metrics.cells import KEYS

RELATIVE_TOLERANCE = 1e-9
#: Below this a difference is rounding noise around zero, e.g. a Wilson bound of a rate of 0.
ABSOLUTE_TOLERANCE = 1e-12
SHOWN = 12


def queried(home: Path, query: str) -> pl.DataFrame:
    """Return what a query of the current release finds."""
    path = home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as warehouse:
        return warehouse.sql(query).pl()


def readable(frame: pl.DataFrame, keys: Sequence[str] = KEYS) -> str:
    """Return the first rows in full, a line each: the cell's keys, then every other column."""
    lines = []
    for row in frame.head(SHOWN).to_dicts():
        cell = " / ".join(str(row.pop(k)) for k in keys if k in row)
        lines.append(f"  {cell}: " + ", ".join(f"{k}={v}" for k, v in row.items()))
    rest = frame.height - len(lines)
    return "\n".join([*lines, *([f"  … and {rest} more"] if rest > 0 else [])])


def differences(expected: pl.DataFrame, released: pl.DataFrame, keys: Sequence[str] = KEYS) -> str:
    """Return a description of every kind of difference between two tables of cells, or ''.

    Counts, flags and dates must be equal; floating-point columns to a relative 1e-9. The first two
    keys name what differs.
    """
    both = expected.with_columns(is_ours=True).join(
        released.with_columns(is_theirs=True),
        on=keys,
        how="full",
        coalesce=True,
        suffix="_released",
    )
    problems = []
    counted = both.select(pl.col("is_ours", "is_theirs").count()).row(0)
    if extra := max(0, counted[0] - expected.height) + max(0, counted[1] - released.height):
        problems.append(f"{extra} more rows share a key")
    columns = [c for c in expected.columns if c not in keys]
    for side, other, of_side in (
        ("only the reference has", "is_theirs", columns),
        ("only the warehouse has", "is_ours", [f"{c}_released" for c in columns]),
    ):
        rows = both.filter(pl.col(other).is_null()).select(*keys, *of_side)
        if rows.height:
            counts = rows.group_by(keys[:2]).len().sort(keys[:2])
            cells = readable(rows.sort(keys), keys)
            of_names = readable(counts, keys)
            problems.append(f"{side} {rows.height} cells\n{of_names}\nfirst:\n{cells}")
    both = both.filter("is_ours", "is_theirs")
    same = {
        c: _same(expected.schema[c], pl.col(c), pl.col(f"{c}_released")).fill_null(False)
        for c in columns
    }
    agreeing = both.select(one.sum().alias(c) for c, one in same.items())
    for column in (c for c in columns if agreeing[c][0] < both.height):
        unequal = both.filter(~same[column]).sort(keys)
        shown = unequal.select(*keys, reference=column, warehouse=f"{column}_released")
        names = sorted(unequal[keys[0]].unique())
        named = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
        problems.append(
            f"{column}: {unequal.height} of {both.height} cells differ, in {named}\n"
            f"{readable(shown, keys)}"
        )
    return "\n\n".join(problems)


def _same(dtype: pl.DataType, ours: pl.Expr, theirs: pl.Expr) -> pl.Expr:
    if not dtype.is_float():
        return ours.eq_missing(theirs.cast(dtype))
    theirs = theirs.cast(pl.Float64)
    allowed = pl.max_horizontal(ours.abs() * RELATIVE_TOLERANCE, pl.lit(ABSOLUTE_TOLERANCE))
    both_null = ours.is_null() & theirs.is_null()
    return both_null | ((ours - theirs).abs() <= allowed).fill_null(False)
