"""Accepted rows without identifiers, and what linkage needs of them.

Lives here: tokens in place of identifying numbers, and the columns that linkage compares.
Does not: hashing (`pipelines.intake.tokens`), encoding (`pipelines.intake.encode`), any file.
"""

import polars as pl

from pipelines.intake import encode
from pipelines.intake.tokens import record_ids, token
from schemas import Feed
from schemas.contract import PROVENANCE
from schemas.encoded import EncodedFeed

# Tokens that linkage compares, and the encoded number each is of. A token of the whole SSN says
# nothing of a number with one wrong digit; one of its halves still agrees.
TOKENS = {
    "ssn_token": "ssn",
    "ssn_first5_token": "ssn_first5",
    "ssn_last4_token": "ssn_last4",
    "state_student_id_token": "state_student_id",
}
# What linkage reads as it is, where the feed has it.
PLAIN = ("first_name", "last_name", "birth_date", "gender_code")
# The encodings of an encoded delivery's person, in the order they are written in.
ENCODED_PARTS = (
    "first_name", "last_name", "second_last_name", "birth_date", "birth_month", "birth_day",
    "birth_exchanged", "name_group", "name_block",
)  # fmt: skip
# A feed's accepted file without rows: a feed without deliveries can be read.
SCHEMA_FILE = "_schema.parquet"
DELIVERY = ["period", "submitter"]


def deidentify(
    accepted: pl.DataFrame, feed: Feed, key: bytes, encoding_key: bytes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accepted rows without identifying columns, and what linkage needs of them.

    The first frame has ``record_id``, ``source_person_key`` and, where SSNs are optional,
    ``has_ssn``; the second has one row for each distinct identity of a delivery, with tokens in
    place of SSNs and state ids, and no rows for a feed without persons. Both have period and
    submitter.

    Numbers of open deliveries are encoded first, as submitters of encoded ones do, and tokens are
    hashes of that: both have the same tokens.
    """
    ids = record_ids(accepted, feed.name, key)
    if not feed.person_key:
        return accepted.select(*feed.dtypes, ids, *PROVENANCE), accepted.select(DELIVERY).clear()
    rows = with_tokens(accepted, feed, key, encoding_key).with_columns(
        pl.lit(None, pl.String).alias(name) for name in feed.beside if name not in accepted.columns
    )
    open_columns = [name for name in feed.dtypes if name not in feed.identifying]
    ssn_is_optional = "ssn" in feed.identifying and "ssn" not in feed.person_key
    added = ["source_person_key", *(["has_ssn"] if ssn_is_optional else [])]
    return rows.select(*open_columns, *feed.beside, *added, ids, *PROVENANCE), identities(
        rows, feed
    )


def with_tokens(
    accepted: pl.DataFrame, feed: Feed, key: bytes, encoding_key: bytes
) -> pl.DataFrame:
    """Return rows of a feed with persons, with their key, tokens and ``has_ssn``.

    Args:
        accepted: Rows with the columns that identify a person; others may be missing.
        feed: Their feed.
        key: Token key.
        encoding_key: Encoding key.
    """
    is_encoded = isinstance(feed, EncodedFeed)
    rows = accepted if is_encoded else encode.numbers(accepted, encoding_key)
    return rows.with_columns(
        token(key, "person", *(pl.col(name).fill_null("") for name in feed.person_key)).alias(
            "source_person_key"
        ),
        *(
            token(key, name.removesuffix("_token"), column).alias(name)
            for name, column in TOKENS.items()
            if column in rows.columns
        ),
        *([pl.col("ssn").is_not_null().alias("has_ssn")] if "ssn" in feed.identifying else []),
    )


def identities(rows: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Return the distinct identities of each delivery, from rows as `with_tokens` gives them."""
    columns = rows.select(
        *DELIVERY,
        "source_person_key",
        *(name for name in TOKENS if name in rows.columns),
        *_compared(feed, isinstance(feed, EncodedFeed)),
    )
    return columns.unique().sort(columns.columns, nulls_last=True)


def _compared(feed: Feed, is_encoded: bool) -> list[pl.Expr]:
    """Return what linkage reads besides tokens: the same columns for open and encoded feeds."""
    plain = feed.model.to_schema().columns
    compared = [
        pl.lit(None, plain[name].dtype.type).alias(name)
        if is_encoded and name in feed.identifying
        else pl.col(name)
        for name in PLAIN
        if name in plain
    ]
    if "last_name" not in plain:
        return compared
    parts = [pl.col(n).fill_null("") if n in feed.dtypes else pl.lit("") for n in ENCODED_PARTS]
    whole = pl.concat_str(*parts, separator=".") if is_encoded else pl.lit(None, pl.String)
    return [*compared, whole.alias("encoded")]


def accepted_schema(feed: Feed) -> pl.DataFrame:
    """Return an accepted frame of this feed, as it is written, without rows."""
    empty = feed.model.empty()
    assert isinstance(empty, pl.DataFrame)
    return deidentify(empty, feed, b"", b"")[0].drop("period")
