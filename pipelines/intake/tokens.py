"""Tokens that stand for identifiers: keyed hashes that can be compared and not turned back.

Lives here: HMAC-SHA-256 (FIPS 198-1) of columns. Does not: storing the key (`pipelines.settings`).
"""

import hmac
from collections.abc import Callable

import polars as pl

# 128 bits: among 10^9 people two tokens agree by chance with a probability below 10^-20.
TOKEN_BYTES = 16


def token(key: bytes, purpose: str, *columns: str | pl.Expr) -> pl.Expr:
    """Return the token of the values in `columns`, 32 hex digits; null where any is null.

    Args:
        key: Secret key; the same value gives another token under another key.
        purpose: Says what the token is of: equal values of two purposes have different tokens.
        columns: Text columns, or expressions of text; their order counts.
    """
    together = pl.concat_str(columns, separator="\x1f", ignore_nulls=False)
    prefix = purpose.encode() + b"\x1e"

    def digest(value: str) -> str:
        return hmac.digest(key, prefix + value.encode(), "sha256")[:TOKEN_BYTES].hex()

    return on_distinct(together, digest)


def on_distinct(text: pl.Expr, function: Callable[[str], str]) -> pl.Expr:
    """Return a function's value for each text, computed once for equal ones; null stays null."""

    def apply(values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique()
        if distinct.is_empty():
            return pl.Series(values.name, [None] * len(values), pl.String)
        results = pl.Series([function(value) for value in distinct], dtype=pl.String)
        return values.replace_strict(distinct, results, default=None)

    return text.map_batches(apply, return_dtype=pl.String)
