"""Writing a build's file anew: without the holes of replaced tables, or coarser.

Lives here: copying tables, views and comments into a new file. Does not: which attributes are made
coarser (`pipelines.release.coarse`), copying the file as it is (`pipelines.release.publish`).
"""

from pathlib import Path

import duckdb

from pipelines.home.files import attach_build, literal, replacing
from pipelines.release.coarse import Coarser


class ViewsWithoutTables(Exception):
    """A view reads a table that is not there."""


def compact(build: Path) -> None:
    """Write the build's file anew, so that no block of it holds rows that are not there any more.

    A DuckDB file holds what was deleted until something else takes its place.
    """
    with replacing(build) as partial:
        partial.unlink()
        with duckdb.connect() as connection:
            attach_build(connection, build, partial, "anew")
            connection.execute("copy from database build to anew")
        partial.chmod(0o600)


def write_anew(connection: duckdb.DuckDBPyConnection, relation: str, rows: str) -> None:
    """Write a table anew within a transaction, so that nothing of what it had stays in its blocks.

    Args:
        connection: To the build, which holds the table.
        relation: Its name, with database and schema, in double quotes.
        rows: A query of its rows, with `{}` for the table as it is.
    """
    _, schema, table = (part.strip('"') for part in relation.split("."))
    [(definition, comment)] = connection.execute(
        """
        select sql, comment
        from duckdb_tables()
        where database_name = 'build' and schema_name = ? and table_name = ?
        """,
        [schema, table],
    ).fetchall()
    old = f'{schema}."{table} before"'
    connection.execute(f'alter table {relation} rename to "{table} before"; {definition}')
    connection.execute(f"insert into {relation} {rows.format(old)}")
    copy_comments(connection, schema, f"{table} before", to=table)
    if comment:
        connection.execute(f"comment on table {relation} is {literal(comment)}")
    connection.execute(f"drop table {old}")


def copy_coarser(build: Path, target: Path, coarser: Coarser) -> None:
    """Copy the tables of `build` into a new file with coarser attributes of people.

    Not-null constraints, comments, views and the order of rows come along.
    """
    with duckdb.connect() as connection:
        attach_build(connection, build, target, "release")
        tables = connection.execute(
            """
            select schema_name, table_name, sql, comment, (
                select map(list(column_name), list(data_type)) from
                (select * from duckdb_columns() order by column_index) as columns
                where columns.table_oid = tables.table_oid and columns.database_name = 'build'
            )
            from duckdb_tables() as tables
            where database_name = 'build'
            order by schema_name, table_name
            """
        ).fetchall()
        connection.execute("use release")
        schemas = connection.execute(
            "select schema_name from duckdb_schemas() where database_name = 'build'"
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(f"create schema if not exists {schema}")
        for schema, table, ddl, comment, columns in tables:
            name = f'{schema}."{table}"'
            connection.execute(coarser.ddl(ddl).replace("build.", "", 1))
            values = ", ".join(coarser.columns(columns))
            connection.execute(f"insert into {name} select {values} from build.{name}")
            if comment:
                connection.execute(f"comment on table {name} is {literal(comment)}")
            copy_comments(connection, schema, table)
        views = connection.execute(
            """
            select schema_name, view_name, sql, comment
            from duckdb_views()
            where database_name = 'build' and not internal
            order by schema_name, view_name
            """
        ).fetchall()
        create_views(connection, [sql for _, _, sql, _ in views])
        for schema, view, _, comment in views:
            if comment:
                connection.execute(f'comment on view {schema}."{view}" is {literal(comment)}')
            copy_comments(connection, schema, view)
    target.chmod(0o600)


def create_views(connection: duckdb.DuckDBPyConnection, views: list[str]) -> None:
    """Create views that may read each other, in any order in which that is possible."""
    while views:
        waiting = []
        for sql in views:
            try:
                connection.execute(sql)
            except duckdb.CatalogException:
                waiting.append(sql)
        if len(waiting) == len(views):
            raise ViewsWithoutTables(f"views read tables that are not there: {waiting[0][:200]}")
        views = waiting


def copy_comments(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, to: str = ""
) -> None:
    """Copy the comments on columns of a table of the build to one of the same or another name."""
    comments = connection.execute(
        """
        select column_name, comment
        from duckdb_columns()
        where database_name = 'build' and schema_name = ? and table_name = ? and comment <> ''
        """,
        [schema, table],
    ).fetchall()
    for column, comment in comments:
        name = f'{schema}."{to or table}"."{column}"'
        connection.execute(f"comment on column {name} is {literal(comment)}")
