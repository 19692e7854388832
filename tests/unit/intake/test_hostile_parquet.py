"""Parquet that no contract has ends as a refused file with a sentence, whatever a reader raises."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.intake.deliveries import received
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_delivery
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

FEED = FEEDS["k12_enrollment"]


def with_column(path: Path, values: pa.Array, rows: int = 1) -> Path:
    """Write good rows with other values of birth dates."""
    table = pl.DataFrame([GOOD[FEED.name]] * rows).to_arrow()
    at = table.column_names.index("birth_date")
    pq.write_table(table.set_column(at, "birth_date", values), path)
    return path


def read(path: Path) -> pl.DataFrame:
    return read_delivery(received(path, FEED.name, YEAR), FEED)


KINDS = {
    "list": pa.array([["a"]]),
    "list of lists": pa.array([[["a"]]]),
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "struct": pa.array([{"a": 1}]),
    "duration": pa.array([timedelta(days=1)]),
    "binary": pa.array([b"\xff\x00"]),
    "fixed binary": pa.array([b"\xff\x00"], pa.binary(2)),
    "time": pa.array([1], pa.time64("us")),
    "zone that nobody knows": pa.array([datetime(2020, 1, 1)], pa.timestamp("us", "Moon/Base")),
    "list in a dictionary": pa.array([b"a"]).dictionary_encode(),
}


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_a_column_of_such_a_type_refuses_the_file_by_its_name(tmp_path, values) -> None:
    with pytest.raises(FileRefused, match="birth_date") as refused:
        read(with_column(tmp_path / "a.parquet", values))
    assert refused.value.rules == ("file:unreadable",)


@pytest.mark.parametrize("days", [-(2**31), 2**31 - 1, 10**8, -(10**8)])
def test_a_date_that_no_calendar_has_stops_nothing(tmp_path, days) -> None:
    path = with_column(tmp_path / "a.parquet", pa.array([days], pa.int32()).cast(pa.date32()))
    try:
        assert read(path).height == 1
    except FileRefused as refused:
        assert "birth_date" in refused.message


def test_flipped_bytes_stop_nothing(tmp_path) -> None:
    whole = with_column(tmp_path / "a.parquet", pa.array([date(2002, 3, 4)])).read_bytes()
    random = np.random.default_rng(20240701)
    path = tmp_path / "b.parquet"
    refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        for at in random.integers(0, len(whole), 4):
            damaged[at] ^= 1 << random.integers(0, 8)
        path.write_bytes(damaged)
        try:
            read(path)
        except FileRefused:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("value", ["2002\n03", "2002\x0003", "2002\u202e03"])
def test_a_value_with_what_cannot_be_seen_spoils_its_row_alone(tmp_path, value) -> None:
    frame = read(with_column(tmp_path / "a.parquet", pa.array([value, "2002-03-04"]), 2))
    unparsed = frame.select("row_number", "_unparsed").rows()
    assert unparsed == [(2, "row:control_character"), (3, None)]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cut_file_is_refused(tmp_path, share) -> None:
    path = with_column(tmp_path / "a.parquet", pa.array([date(2002, 3, 4)]))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FileRefused, match="can't be read as Parquet"):
        read(path)


def test_more_rows_than_bytes_are_not_read(tmp_path) -> None:
    row = pl.DataFrame([GOOD[FEED.name]]).to_arrow()
    many = pa.table(
        {
            name: pa.DictionaryArray.from_arrays(np.zeros(3_000_000, np.int8), [value or ""])
            for name, value in row.to_pylist()[0].items()
        }
    )
    pq.write_table(many, tmp_path / "a.parquet", compression="zstd")
    with pytest.raises(FileRefused, match="3,000,000 rows"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_a_file_of_very_many_columns_is_refused_at_once(tmp_path, ending) -> None:
    path = tmp_path / f"a{ending}"
    names = [f"c{i}" for i in range(100_000 if ending == ".csv" else 2_000)]
    if ending == ".csv":
        path.write_text(",".join(names) + "\n" + "," * (len(names) - 1) + "\n")
    else:
        pq.write_table(pa.table({name: ["x"] for name in names}), path)
    with pytest.raises(FileRefused, match="columns"):
        read(path)
