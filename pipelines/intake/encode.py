"""Encodings that a submitter sends in place of names, birth dates and numbers.

Lives here: tokens and name filters under the shared encoding key, a feed's rows in the encoded
layout, and the file they travel in. Does not: what an encoded contract is (`schemas.encoded`),
comparing encodings (`pipelines.linkage.encoded`).

A name's filter is a row of bits: each pair of neighbouring letters sets a few, which depend on
the key. Similar names share bits. The filter is then folded once, so that a bit that is set is
the exclusive or of two, and no longer says which pair set it.
"""

import hmac
import json
from functools import cache

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.intake import names as standardise
from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.tokens import on_distinct, token
from schemas import Feed
from schemas.encoded import FILTER_BITS, NUMBERS, contract_version, encoded

# Bits that a pair of letters sets; a digest of 32 bytes has room for 16 places.
FILTER_HASHES = 8
# Raise it whenever an encoding of the same value changes.
LAYOUT = 1
METADATA = "pathways_encoding"
FILTERS = {"first_name": "given", "last_name": "family", "second_last_name": "family2"}


def fingerprint(key: bytes) -> str:
    """Return what two files under one key have in common."""
    return hmac.digest(key, b"fingerprint", "sha256").hex()[:16]


def numbers(frame: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return rows with tokens in place of their numbers, and of both halves of an SSN."""
    tokens = [token(key, name, name).alias(name) for name in NUMBERS if name in frame.columns]
    if "ssn" in frame.columns:
        tokens += [
            token(key, "ssn_first5", pl.col("ssn").str.slice(0, 5)).alias("ssn_first5"),
            token(key, "ssn_last4", pl.col("ssn").str.slice(5)).alias("ssn_last4"),
        ]
    return frame.with_columns(tokens)


def names(frame: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return filters of standard names: `FILTERS`' columns from ``given, family, family2``.

    Both surnames share a field, since agencies exchange them.
    """
    return frame.select(
        filters(pl.col(standard), key, standard.rstrip("2")).alias(column)
        for column, standard in FILTERS.items()
    )


def birth_dates(frame: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return tokens of birth dates, alone and with parts of names.

    Args:
        frame: ``born, given, nick, family``.
        key: Encoding key.
    """
    born = pl.col("born")
    day, month = born.dt.day(), born.dt.month().cast(pl.Int32)
    exchanged = pl.when(day <= 12).then(pl.date(born.dt.year(), day, month))
    parts = frame.select(
        born.dt.strftime("%Y-%m-%d").alias("birth_date"),
        born.dt.strftime("%Y-%m").alias("birth_month"),
        born.dt.strftime("%m-%d").alias("birth_day"),
        exchanged.dt.strftime("%Y-%m-%d").alias("birth_exchanged"),
        "nick",
        pl.col("family").str.head(3).alias("family3"),
        pl.col("given").str.head(1).alias("given1"),
    )
    return parts.select(
        token(key, "birth_date", "birth_date"),
        token(key, "birth_month", "birth_month"),
        token(key, "birth_day", "birth_day"),
        token(key, "birth_date", "birth_exchanged").alias("birth_exchanged"),
        token(key, "name_group", "birth_date", "nick").alias("name_group"),
        token(key, "name_block", "birth_date", "family3", "given1").alias("name_block"),
    )


def filters(
    name: pl.Expr, key: bytes, field: str, bits: int = FILTER_BITS, hashes: int = FILTER_HASHES
) -> pl.Expr:
    """Return the filters of standard names as hex digits.

    Args:
        name: Names of one or more letters; null stays null.
        key: Encoding key.
        field: Says what the name is: equal names of two fields have different filters.
        bits: Length of a filter after folding; a power of 2 up to 32,768.
        hashes: Bits that a pair of letters sets, up to 16.
    """
    of_field = hmac.digest(key, b"filter\x1e" + field.encode(), "sha256")

    @cache
    def pair_bits(pair: str) -> int:
        digest = hmac.digest(of_field, pair.encode(), "sha256")
        places = (int.from_bytes(digest[2 * i : 2 * i + 2]) % (2 * bits) for i in range(hashes))
        return sum(1 << place for place in set(places))

    def one(name: str) -> str:
        whole = 0
        for first, second in zip(f"_{name}", f"{name}_", strict=True):
            whole |= pair_bits(first + second)
        folded = (whole >> bits) ^ (whole & ((1 << bits) - 1))
        return f"{folded:0{bits // 4}x}"

    return on_distinct(name, one)


def encode(frame: pl.DataFrame, feed: Feed, key: bytes) -> pl.DataFrame:
    """Return accepted rows of a feed in its encoded layout, without provenance.

    Args:
        frame: Typed rows that keep the feed's contract.
        feed: The open feed.
        key: Encoding key.
    """
    parts = [numbers(frame, key).drop("first_name", "last_name", "birth_date", strict=False)]
    if "last_name" in frame.columns:
        standard = frame.select(
            *_standard(frame, "first_name", standardise.standard_first_names),
            *_standard(frame, "last_name", standardise.standard_last_names),
            standardise.birth_date(pl.col("birth_date")).alias("born")
            if "birth_date" in frame.columns
            else pl.lit(None, pl.Date).alias("born"),
        )
        parts.append(names(standard, key))
        if "birth_date" in frame.columns:
            parts.append(birth_dates(standard, key))
    return pl.concat(parts, how="horizontal").select(*encoded(feed).dtypes)


def _standard(frame: pl.DataFrame, column: str, form) -> list[pl.Series]:  # noqa: ANN001
    return (
        frame.select(column)
        .join(form(frame[column]), on=column, how="left", nulls_equal=True, maintain_order="left")
        .drop(column)
        .get_columns()
    )


def check_file(delivery: Delivery, feed: Feed, key: bytes) -> None:
    """Check that a file was encoded for this feed, by this contract, under this key.

    Raises:
        FileRefused: It was not; the message says what to do.
    """
    name = delivery.path.name
    try:
        metadata = pq.read_metadata(delivery.path).metadata or {}
        encoded_with = json.loads(metadata.get(METADATA.encode(), b"{}"))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileRefused("file:unreadable", f"{name} can't be read as Parquet.") from error
    expected = {
        "feed": (feed.name, f"is no {feed.name} file that pathways deliveries encode wrote."),
        "layout": (LAYOUT, "was encoded by another version of this project. Encode it again."),
        "contract": (
            contract_version(feed),
            "was encoded by another version of the contract. Encode it again.",
        ),
        "key": (fingerprint(key), "was encoded under another key than this agency's."),
    }
    for part, (value, message) in expected.items():
        if encoded_with.get(part) != value:
            raise FileRefused("file:not_encoded", f"{name} {message}")
