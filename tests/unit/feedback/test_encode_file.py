"""Encoding a file: which rows are left out, and where they are listed."""

import json

import polars as pl
import pytest
from pydantic import SecretStr

from pipelines.feedback.encode_file import encode_file
from pipelines.intake.encode import METADATA
from pipelines.intake.readers.base import FileRefused
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD

FEED = FEEDS["college_enrollment"]


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home", encoding_key=SecretStr("e" * 32))


def test_bad_rows_are_left_out_and_counted_by_rule(settings, tmp_path) -> None:
    path = tmp_path / "900001.csv"
    schema = dict.fromkeys(FEED.dtypes, pl.String)
    rows = [
        GOOD[FEED.name],
        GOOD[FEED.name] | {"local_student_id": "B", "birth_date": "1850-01-01"},
    ]
    pl.DataFrame(rows, schema=schema).write_csv(path)
    encoded = encode_file(settings, path, FEED)
    assert (encoded.rows, encoded.left_out, encoded.reasons) == (1, 1, {"age_fits_college": 1})
    assert json.loads(pl.read_parquet_metadata(encoded.path)[METADATA])["left_out"] == 1
    assert encoded.path.name == "900001.encoded.parquet"
    assert encoded.listed_in
    assert encoded.listed_in == path.parent / "left_out" / "900001.csv"
    listed = pl.read_csv(encoded.listed_in)
    assert listed.columns == ["row_number", "rule", "message"]
    # The header is row 1.
    assert listed.rows() == [(3, "age_fits_college", FEED.rules["age_fits_college"])]
    assert "1850" not in encoded.listed_in.read_text()
    pl.DataFrame(rows[:1], schema=schema).write_csv(path)
    assert encode_file(settings, path, FEED).listed_in is None
    assert not (path.parent / "left_out" / "900001.csv").exists()


def test_a_file_that_is_not_the_feed_is_not_encoded(settings, tmp_path) -> None:
    path = tmp_path / "900001.csv"
    path.write_text("first_name,last_name\nAna,Villalobos\n")
    with pytest.raises(FileRefused) as refused:
        encode_file(settings, path, FEED)
    assert "Villalobos" not in refused.value.message
