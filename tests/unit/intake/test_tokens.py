"""Tokens: the standard's HMAC, nothing for nothing, and no token shared by two purposes."""

import hmac

import polars as pl

from pipelines.intake.tokens import token

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
