"""Pairs worth comparing: an incremental run blocks those of a full relink with a new identity."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.linkage import blocking
from pipelines.linkage.identities import IDENTITY

SIZE, NEW = 4_000, 400


def some_identities(seed: int) -> pl.DataFrame:
    """Return identities of few names, dates and numbers, some null: every rule finds pairs."""
    rng = np.random.default_rng(seed)

    def pick(values: list, null: float = 0.1) -> list:
        return [
            None if rng.random() < null else values[i] for i in rng.integers(len(values), size=SIZE)
        ]

    names = ["ANA", "ANNA", "ANITA", "BORIS", "BORYA", "VANG", "VALLE", "VALLEJO", "VILLALOBOS"]
    numbers = list(range(2_000))
    return pl.DataFrame(
        {
            "identity": rng.permutation(SIZE),
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
        schema=IDENTITY,
    )


def blocked(con: duckdb.DuckDBPyConnection) -> set[tuple[int, int, str]]:
    rows = con.execute("select join_key_l, join_key_r, match_key from pair").fetchall()
    return set(rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_an_incremental_run_compares_what_a_full_relink_does_of_the_new(
    tmp_path: Path, seed: int
) -> None:
    identity = some_identities(seed)
    new, dead = identity.head(NEW), identity.tail(50)["identity"]
    parts = [tmp_path / "it's one.parquet", tmp_path / "two.parquet"]
    old = identity.slice(NEW)
    old.head(1_000).write_parquet(parts[0])
    old.slice(1_000).write_parquet(parts[1])
    here = identity.filter(~pl.col("identity").is_in(dead.implode()))
    with duckdb.connect() as con:
        blocking.load_all(con, here, here.select("identity", exact_group="identity"))
        counted = blocking.block(con)
        among = set(new["identity"])
        whole = {pair for pair in blocked(con) if among & set(pair[:2])}
    assert all(counted.values())
    with duckdb.connect() as con:
        blocking.load_near(con, parts, new, here["identity"])
        blocking.block(con, blocking.NEW)
        assert blocked(con) == whole
        assert {key for *_, key in whole} == set(blocking.RULES)
