"""The data dictionary of a release: every table, view and column with what it means.

Lives here: reading comments of a release, and writing them. Does not: the comments, which are the
descriptions of dbt's models.
"""

import csv
import io
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from pipelines.release.publish import RELEASED_SCHEMAS

COLUMNS: tuple[str, ...] = ("table_name", "column_name", "data_type", "comment")
_ENTRIES = """
    select of.schema_name || '.' || of.table_name as table_name, of.column_name, of.data_type,
        of.comment, about.comment as about
    from duckdb_columns() as of
    inner join (
        select schema_name, table_name, comment, database_name from duckdb_tables()
        union all
        select schema_name, view_name, comment, database_name from duckdb_views()
    ) as about using (database_name, schema_name, table_name)
    where list_contains({}, of.schema_name) and of.schema_name <> 'aggregates'
    order by of.schema_name, of.table_name, of.column_index
"""


def entries(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return a row for each column: its table and what that is about, its type, its meaning."""
    relation = connection.sql(_ENTRIES.format(list(RELEASED_SCHEMAS)))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def write(warehouse: Path, target: Path) -> int:
    """Write the dictionary as CSV or, of a file named `.md`, as Markdown; return its columns."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = entries(connection)
    target.write_text(as_markdown(rows) if target.suffix == ".md" else _as_csv(rows))
    return len(rows)


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """Return the dictionary as Markdown: a heading and a table for each table."""
    lines = ["# Data dictionary"]
    for name, columns in groupby(rows, key=lambda row: row["table_name"]):
        of = list(columns)
        lines += ["", f"## {name}", "", of[0]["about"] or "", "", "| column | type | meaning |"]
        lines += ["| --- | --- | --- |"]
        lines += [
            f"| `{c['column_name']}` | {c['data_type']} | {_cell(c['comment'])} |" for c in of
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")


def _as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
