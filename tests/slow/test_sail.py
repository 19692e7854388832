"""The target `spark`: on Sail, the whole graph, chained by itself, equals DuckDB's by table."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

pytest.importorskip("pysail")

from benchmarks.spark import compare, difference
from pipelines.settings import Settings
from pipelines.spark.dialect import spark_sql
from pipelines.spark.session import session
from tests.slow.lake import small_home
from tests.unit.spark.cases import CASES, RECORD

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]


@pytest.fixture(scope="module")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    """Yield a session of Sail."""
    with session(tmp_path_factory.mktemp("sail")) as opened:
        yield opened


def answers(sail: "SparkSession", query: str) -> str:
    """Return how Sail's answer to a query differs from DuckDB's."""
    text = f"with record as {RECORD}, answer as ({query}) select * from answer"
    with duckdb.connect() as connection:
        connection.execute(f"create table one as {text}")
        connection.register("other", sail.sql(spark_sql(text, lambda _: [])).toArrow())
        return difference(connection, "one", "other")


def test_every_construct_is_translated_to_what_duckdb_computes(sail: "SparkSession") -> None:
    assert {name: apart for name, query in CASES.items() if (apart := answers(sail, query))} == {}


def test_a_difference_in_one_value_is_seen(sail: "SparkSession") -> None:
    # Sail's own text, with a place in a list that is off by one.
    with duckdb.connect() as connection:
        connection.execute(
            "create table one as "
            "select ['x', 'y'][1] as item, 1.0::double as share, [{'part': 1.0::double}] as parts"
        )
        for item, share, part, is_equal in [
            ("x", "1D", "1.0000000000000002D", True),
            ("y", "1D", "1D", False),
            ("x", "1.00000001D", "1D", False),
            ("x", "1D", "1.00000001D", False),
        ]:
            parts = f"array(struct({part} as part))"
            other = sail.sql(f"select '{item}' as item, {share} as share, {parts} as parts")
            connection.register("other", other.toArrow())
            assert (difference(connection, "one", "other") == "") is is_equal


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small home after a refresh."""
    return small_home(tmp_path_factory.mktemp("home"))


def test_every_relation_built_on_sail_equals_duckdbs(home: Path, tmp_path: Path) -> None:
    compared = compare(Settings(home=home), home, tmp_path)
    assert len(compared) > 200
    assert {name: apart for name, apart in compared.items() if apart} == {}
