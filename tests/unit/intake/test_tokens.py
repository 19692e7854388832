"""Tokens: the standard's HMAC, nothing for nothing, and no token shared by two purposes."""

import hmac

import polars as pl

from pipelines.intake.tokens import record_ids, token

KEY = b"k" * 32


def tokens(frame: pl.DataFrame, *columns: str, key: bytes = KEY, purpose: str = "ssn") -> list:
    return frame.select(token(key, purpose, *columns)).to_series().to_list()


def test_a_token_is_the_keyed_hash_of_its_purpose_and_value() -> None:
    expected = hmac.new(KEY, b"ssn\x1e912345678", "sha256").hexdigest()[:32]
    assert tokens(pl.DataFrame({"ssn": ["912345678"]}), "ssn") == [expected]


def test_equal_values_have_equal_tokens_and_missing_values_none() -> None:
    first, second, third, missing = tokens(pl.DataFrame({"ssn": ["1", "2", "1", None]}), "ssn")
    assert first == third != second
    assert missing is None
    assert tokens(pl.DataFrame({"ssn": [None]}, schema={"ssn": pl.String}), "ssn") == [None]


def test_key_purpose_and_the_border_between_columns_count() -> None:
    frame = pl.DataFrame({"a": ["12", "1"], "b": ["3", "23"]})
    assert len(set(tokens(frame, "a", "b"))) == 2
    assert tokens(frame, "a") != tokens(frame, "a", key=b"x" * 32)
    assert tokens(frame, "a") != tokens(frame, "a", purpose="person")


ROWS = pl.DataFrame(
    {
        "period": ["2018-19"] * 3,
        "submitter": ["a", "a", "b"],
        "delivery_sha256": ["0" * 64] * 3,
        "row_number": [2, 3, 2],
    }
)


def test_a_records_id_is_of_its_file_and_row_under_the_key_alone() -> None:
    ids = record_ids(ROWS, "wage", b"k" * 32)
    assert ids.is_unique().all() and ids.str.contains("^[0-9a-f]{20}$").all()
    assert record_ids(ROWS.reverse(), "wage", b"k" * 32).reverse().equals(ids)
    for other in (record_ids(ROWS, "wage", b"l" * 32), record_ids(ROWS, "credential", b"k" * 32)):
        assert not set(other) & set(ids)
