"""Tables of a release as Parquet files, for who reads all of a table.

Lives here: writing them. Does not: the tables of a release (`pipelines.release.publish`),
suppression of what is published.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from pipelines.errors import UserError
from pipelines.home.files import replacing


class NoSuchTable(UserError):
    """A release has no table or view of this name."""


def export(warehouse: Path, tables: Sequence[str], folder: Path) -> Iterator[Path]:
    """Write tables or views to `<folder>/<schema>.<table>.parquet`, and yield each file.

    Args:
        warehouse: The DuckDB file of a release.
        tables: As `schema.table`.
        folder: Where the files go; each is readable by its owner alone.

    Raises:
        NoSuchTable: The release lacks one; nothing is written then.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set enable_progress_bar = false")
        rows = connection.execute(
            "select distinct schema_name || '.' || table_name from duckdb_columns() "
            "where not internal"
        ).fetchall()
        if missing := sorted(set(tables) - {name for [name] in rows}):
            raise NoSuchTable(
                f"The release has no table {', '.join(missing)}. Tables are named like "
                "metrics.metric_value; docs/query.md lists them."
            )
        for table in tables:
            path = folder / f"{table}.parquet"
            with replacing(path) as partial:
                connection.sql(f"from {table}").write_parquet(str(partial))
                # DuckDB puts a file of its own there.
                partial.chmod(0o600)
            yield path
