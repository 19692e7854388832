"""A Spark session for dbt-spark's method `session`: Sail's server in this process, or Spark's.

Lives here: opening one, and translating what dbt sends it. Does not: what is built
(`pipelines.spark.build`), how SQL is translated (`pipelines.spark.dialect`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.spark.columns import Catalog
from pipelines.spark.dialect import spark_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

# Written by the project's own macros before a model's SQL; what is around it is Spark's.
FROM_HERE = "/* duckdb */"


class SparkError(UserError):
    """Spark cannot be reached, or what it needs is not installed."""


@contextmanager
def session(folder: Path, remote: str = "") -> Iterator["SparkSession"]:
    """Yield a session of a Spark Connect server.

    Args:
        folder: Where tables are stored; a server that has its own folder goes by that.
        remote: Its address, such as ``sc://host:15002``, or ``local[2]`` for Spark's own server;
            Sail's in this process where empty, whose tables end with the block.

    Raises:
        SparkError: The extra `spark` is not installed.
    """
    try:
        from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise SparkError(
            "Spark's client is missing. Run: "
            "pip install --require-hashes --no-deps --requirement requirements-spark.lock"
        ) from None
    server = None
    if not remote:
        from pysail.spark import SparkConnectServer  # pyright: ignore[reportMissingImports]

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        _, port = server.listening_address
        remote = f"sc://127.0.0.1:{port}"
    stored = ("spark.sql.warehouse.dir", str(folder / "tables"))
    builder = SparkSession.builder.remote(remote).config(*stored)
    opened = builder.getOrCreate() if remote.startswith("local") else builder.create()
    try:
        yield opened
    finally:
        opened.stop()
        if server:
            server.stop()


@contextmanager
def translated(opened: "SparkSession") -> Iterator[None]:
    """Have dbt-spark run what it sends in this session, DuckDB's SQL in Spark's words."""
    from dbt.adapters.spark.session import Cursor  # pyright: ignore[reportMissingImports]

    known: dict[str, list[str]] = {}

    def columns(table: str) -> list[str]:
        # dbt builds a table before it builds on it.
        return known.get(table) or known.setdefault(table, opened.table(table).columns)

    def execute(cursor: Cursor, sql: str, *parameters: object) -> None:
        text = _translate(sql % parameters if parameters else sql, columns)
        cursor._rows = None
        cursor._df = opened.sql(text)
        if _first_word(text) in ("select", "with"):
            # A hook's query checks something, and nobody reads its rows.
            cursor._rows = cursor._df.collect()

    before = Cursor.execute
    Cursor.execute = execute
    try:
        yield
    finally:
        Cursor.execute = before


def _first_word(sql: str) -> str:
    """Return the first word of a statement, comments left out."""
    words = re.sub(r"/\*.*?\*/|--[^\n]*", " ", sql, flags=re.DOTALL).split(None, 1)
    return words[0].lower() if words else ""


def _translate(sql: str, columns: Catalog) -> str:
    head, mark, model = sql.partition(FROM_HERE)
    if mark:
        return head + spark_sql(model, columns)
    return spark_sql(sql, columns) if _first_word(sql) in ("select", "with") else sql
