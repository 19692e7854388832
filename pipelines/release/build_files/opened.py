"""The files of a build, opened together, and questions about their relations.

Lives here: connecting, columns, comparing. Does not: any change (`pipelines.release.build_files`'
`update`).
"""

import os

import duckdb

from pipelines.home.files import literal
from pipelines.settings import Settings


def opened(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return a connection to all files of the build, within the limits that dbt has."""
    build = duckdb.connect(
        str(settings.build), config={"memory_limit": os.getenv("PATHWAYS_DBT_MEMORY", "4GB")}
    )
    build.execute(f"set threads = {int(os.getenv('PATHWAYS_DBT_THREADS', '2'))}")
    build.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    # Otherwise the catalog of a table that did not change stays in its block, and beside it what
    # was that of one that did.
    build.execute("set experimental_metadata_reuse = false")
    for path in settings.built[1:]:
        build.execute(f"attach {literal(path)} as {path.stem}")
    return build


def columns_of(build: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return names and types of the columns of each relation of a build."""
    columns: dict[str, dict[str, str]] = {}
    for relation, column, of_type in build.execute(
        """
        select
            format('"{}"."{}"."{}"', database_name, schema_name, table_name),
            column_name,
            data_type
        from duckdb_columns()
        where not internal and database_name <> 'temp'
        order by column_index
        """
    ).fetchall():
        columns.setdefault(relation, {})[column] = of_type
    return columns


def differ(build: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    """Return whether the rows of two relations differ, in any order."""
    query = "select count(*), sum(hash(t)::hugeint) from {} as t"
    [a, b] = (build.execute(query.format(name)).fetchall() for name in (one, other))
    return a != b


def count(build: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return how many rows a relation has."""
    return build.execute(f"select count(*) from {relation}").fetchall()[0][0]
