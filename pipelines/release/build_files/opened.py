"""The files of a build, opened together, and questions about their relations.

Lives here: connecting, columns, comparing. Does not: any change (`pipelines.release.build_files`'
`update`).
"""

import os

import duckdb

from pipelines.home.files import literal
from pipelines.settings import Settings


def memory_limit() -> str:
    """Return what one connection of DuckDB may take, as dbt's."""
    return os.getenv("PATHWAYS_DBT_MEMORY", "4GB")


def opened(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return a connection to all files of the build, within the limits that dbt has."""
    build = duckdb.connect(str(settings.build), config={"memory_limit": memory_limit()})
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


def store_differences(
    build: duckdb.DuckDBPyConnection, old: str, new: str, gone: str, come: str
) -> bool:
    """Store the rows of two relations that are in one alone, and return whether there are any.

    The temporary table `changed` has their hashes.
    """
    build.execute(
        f"""
        create or replace temp table changed as
        select print from (
            select hash(t) as print, 1 as n from {new} as t
            union all
            select hash(t), -1 from {old} as t
        )
        group by print
        having sum(n) <> 0
        """
    )
    if not count(build, "changed"):
        return False
    before, now = (f"(from {one} as t where hash(t) in (from changed))" for one in (old, new))
    build.execute(f"create temp table {gone} as from {before} except all from {now}")
    build.execute(f"create temp table {come} as from {now} except all from {before}")
    return True


def count(build: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return how many rows a relation has."""
    return build.execute(f"select count(*) from {relation}").fetchall()[0][0]
