"""Tokens that stand for identifiers: keyed hashes that can be compared and not turned back.

Lives here: HMAC-SHA-256 (FIPS 198-1) of columns, and ids of records. Does not: storing the key
(`pipelines.settings`).
"""

import hmac
from collections.abc import Callable
from hashlib import blake2b

import polars as pl

RECORD_ID = "record_id"
# 128 bits: among 10^9 people two tokens agree by chance with a probability below 10^-20.
TOKEN_BYTES = 16
# 80 bits: among 10^8 records of a feed two ids agree by chance with a probability below 10^-8.
_RECORD_BYTES = 10
# What a record is known by: where its file lies, what the file holds, and its row.
_RECORD = ("period", "submitter", "delivery_sha256", "row_number")


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


def record_ids(rows: pl.DataFrame, feed: str, key: bytes) -> pl.Series:
    """Return the `record_id` of each row, 20 hex digits that say nothing without the key.

    Keyed BLAKE2b (RFC 7693): 1.3 s for a million rows, where HMAC takes 5 s.

    Args:
        rows: Rows with provenance.
        feed: Name of their feed.
        key: Token key.
    """
    its_key = hmac.digest(key, f"record of {feed}".encode(), "sha256")
    places = rows.select(pl.concat_str(_RECORD, separator="\x1f")).to_series()
    ids = [
        blake2b(place.encode(), key=its_key, digest_size=_RECORD_BYTES).hexdigest()
        for place in places
    ]
    return pl.Series(RECORD_ID, ids, pl.String)
