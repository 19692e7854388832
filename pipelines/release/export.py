"""Tables of a release as Parquet files or Excel workbooks, for who reads all of a table.

Lives here: writing them. Does not: the tables of a release (`pipelines.release.publish`),
suppression of what is published.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.home.files import replacing


class NoSuchTable(UserError):
    """A release has no table or view of this name."""


class TooManyRows(UserError):
    """A sheet of a workbook has no room for a table."""


# Rows of a sheet without its header.
SHEET_ROWS = 1_048_575


def export(
    warehouse: Path, tables: Sequence[str], folder: Path, as_excel: bool = False
) -> Iterator[Path]:
    """Write tables or views to `<folder>/<schema>.<table>.parquet`, and yield each file.

    Args:
        warehouse: The DuckDB file of a release.
        tables: As `schema.table`.
        folder: Where the files go; each is readable by its owner alone.
        as_excel: Write `.xlsx` in place of `.parquet`.

    Raises:
        TooManyRows: A table does not fit into a sheet; those before it are written.
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
            path = folder / f"{table}.{'xlsx' if as_excel else 'parquet'}"
            with replacing(path) as partial:
                relation = connection.sql(f"from {table}")
                if as_excel:
                    _write_excel(relation, table, partial)
                else:
                    relation.write_parquet(str(partial))
                # DuckDB puts a file of its own there.
                partial.chmod(0o600)
            yield path


def _write_excel(relation: duckdb.DuckDBPyRelation, table: str, path: Path) -> None:
    rows = len(relation)
    if rows > SHEET_ROWS:
        raise TooManyRows(
            f"{table} has {rows:,} rows and a sheet has room for {SHEET_ROWS:,}: write it as "
            "Parquet, or query what you need."
        )
    frame = relation.pl()
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    texts = [pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(", ") for name in lists]
    with path.open("wb") as file:
        frame.with_columns(texts).write_excel(file, worksheet=table.split(".")[1][:31])
