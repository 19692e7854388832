"""Pairs worth comparing: a night finds those of a full relink that hold a new record."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.linkage import blocking
from pipelines.linkage.records import RECORD

SIZE, NEW = 4_000, 400


def some_records(seed: int) -> pl.DataFrame:
    """Return records of few names, dates and numbers, so that every rule finds pairs; some null."""
    rng = np.random.default_rng(seed)

    def pick(values: list, null: float = 0.1) -> list:
        return [
            None if rng.random() < null else values[i] for i in rng.integers(len(values), size=SIZE)
        ]

    names = ["ANA", "ANNA", "ANITA", "BORIS", "BORYA", "VANG", "VALLE", "VALLEJO", "VILLALOBOS"]
    numbers = list(range(2_000))
    return pl.DataFrame(
        {
            "record": rng.permutation(SIZE),
            **{name: pick(numbers, 0.5) for name in ("state_id", "ssn")},
            **{name: pick(numbers[:40], 0.3) for name in ("ssn5", "ssn4")},
            **{name: pick(names) for name in ("given", "givens", "nick", "family", "families")},
            "initial": pick(["A", "B"], 0.6),
            "family2": pick(names, 0.6),
            "born": pick(
                [date(y, m, d) for y in (2000, 2001) for m in (1, 2, 5) for d in (1, 2, 5)]
            ),
            "gender": pick(["F", "M"]),
            "encoded": [None] * SIZE,
            "is_k12": pick([True, False], 0.0),
        },
        schema=RECORD,
    )


def found(con: duckdb.DuckDBPyConnection) -> set[tuple[int, int, str]]:
    rows = con.execute("select join_key_l, join_key_r, match_key from pair").fetchall()
    return set(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_night_compares_what_a_full_relink_does_of_new_records(tmp_path: Path, seed: int) -> None:
    record = some_records(seed)
    new, dead = record.head(NEW), record.tail(50)["record"]
    parts = [tmp_path / "it's one.parquet", tmp_path / "two.parquet"]
    old = record.slice(NEW)
    old.head(1_000).write_parquet(parts[0])
    old.slice(1_000).write_parquet(parts[1])
    here = record.filter(~pl.col("record").is_in(dead.implode()))
    with duckdb.connect() as con:
        blocking.load_records(con, here, here.select("record", pl.col("record").alias("grp")))
        counted = blocking.block(con)
        among = set(new["record"])
        whole = {pair for pair in found(con) if among & set(pair[:2])}
    assert all(counted.values())
    with duckdb.connect() as con:
        blocking.load_near(con, parts, new, here["record"])
        blocking.block(con, blocking.NEW)
        assert found(con) == whole
        assert {key for *_, key in whole} == set(blocking.RULES)
