"""The order of rows decides nothing: accepted rows in another order make the same build."""

import shutil
import sys
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate
from tests.slow.runs import run

#: What says where a row stood in its file, or when it was built.
POSITION = {"row_number", "delivery_sha256"}
SCHEMAS = ("intermediate", "marts", "cohorts", "aggregates", "metrics", "collaboration")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small home after one refresh, with people who tie in every way."""
    path = tmp_path_factory.mktemp("ordered")
    generate(Control(students=1000, seed=16), path, workers=1)
    run(path, sys.executable, "-m", "pipelines", "refresh")
    return path


def shuffle(home: Path, seed: int) -> int:
    """Permute the rows of every accepted file and return how many rows got another number."""
    moved = 0
    random = np.random.default_rng(seed)
    for file in sorted((home / "accepted").rglob("*.parquet")):
        rows = pl.read_parquet(file, hive_partitioning=False)
        order = random.permutation(rows.height)
        moved += int((order != np.arange(rows.height)).sum())
        shuffled = rows.with_columns(row_number=rows["row_number"].gather(order))
        shuffled[random.permutation(rows.height).tolist()].write_parquet(file)
    return moved


def differing_tables(first: Path, second: Path) -> dict[str, int]:
    """Return the tables of two builds that differ, with the number of rows only in one of them."""
    differing = {}
    with duckdb.connect() as con:
        for name in ("build", "unreleased"):
            con.sql(f"attach '{first / name}.duckdb' as a_{name} (read_only)")
            con.sql(f"attach '{second / name}.duckdb' as b_{name} (read_only)")
        tables = con.sql(
            "select database_name[3:], schema_name, table_name from duckdb_tables() "
            f"where database_name in ('a_build', 'a_unreleased') and schema_name in {SCHEMAS}"
        ).fetchall()
        for name, schema, table in tables:
            left, right = f"a_{name}.{schema}.{table}", f"b_{name}.{schema}.{table}"
            columns = [c for c in con.table(left).columns if c not in POSITION]
            names = ", ".join(f'"{c}"' for c in columns)
            [n] = con.sql(
                f"select count(*) from ((select {names} from {left} except all "
                f"select {names} from {right}) union all (select {names} from {right} "
                f"except all select {names} from {left}))"
            ).fetchone() or (0,)
            if n:
                differing[f"{schema}.{table}"] = n
    return differing


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_rows_make_the_same_build(home: Path, tmp_path: Path, seed: int) -> None:
    shuffled = tmp_path / "home"
    shutil.copytree(home, shuffled)
    assert shuffle(shuffled, seed) > 1000
    run(
        shuffled,
        str(Path(sys.executable).with_name("dbt")),
        *("--quiet", "run", "--project-dir", str(PROJECT / "dbt_project")),
        *("--profiles-dir", str(PROJECT / "dbt_project")),
        *("--select", "staging intermediate marts metrics"),
    )
    assert differing_tables(home, shuffled) == {}
