"""A build of dbt written into a lake: all its relations in one transaction, and then a release.

Lives here: copying tables, views and comments. Does not: any model, running dbt; whether the home's
rows may be released (`pipelines.checks`).

dbt builds into files. Into a lake it would commit several times a relation, and after each commit
DuckLake reads the whole catalog anew: 3.2 times the processors.
"""

import re
from pathlib import Path

import duckdb

from pipelines.home.files import literal
from pipelines.lake.catalog import LakeError, connect, in_transaction
from pipelines.lake.releases import LakeRelease, release
from pipelines.release import build_plan
from pipelines.release.build_files.rewrite import create_views
from pipelines.settings import Settings

# The lake's name beside those of a build's files.
LAKE = "lake"


def whole(settings: Settings) -> build_plan.Built:
    """Return the last build of a home.

    Raises:
        LakeError: It is not whole, or did not pass its tests.
    """
    built = build_plan.last(settings)
    if built is None:
        raise LakeError(
            f"{settings.root}: the build is not whole, or did not pass its tests. "
            "Run: pathways refresh"
        )
    return built


def build(settings: Settings) -> LakeRelease:
    """Write the build of a data home into the lake, and make it the current release.

    Readers go on with the release that they pin, and nobody sees a part of it.

    Raises:
        LakeError: The build is not whole, or did not pass its tests.
    """
    built = whole(settings)
    write(settings, settings.root)
    return release(settings, built.made_from.code)


def write(settings: Settings, folder: Path) -> None:
    """Put all relations of a build in place of those that the lake has; none where one fails."""
    files = {path.stem: folder / path.name for path in settings.built}
    attached = "".join(
        f"attach {literal(path)} as {name} (read_only); " for name, path in files.items()
    )
    # Without the lake: these list all that is attached, and a lake's statistics take seconds.
    with duckdb.connect() as connection:
        connection.execute(attached)
        listed = [
            connection.execute(
                f"select {what} from {source}() "
                "where database_name in ? and not internal order by all",
                [[*files]],
            ).fetchall()
            for what, source in (
                ("schema_name, table_name, comment, sql, database_name", "duckdb_tables"),
                ("schema_name, view_name, comment, sql", "duckdb_views"),
                ("schema_name, table_name, comment, column_name", "duckdb_columns"),
            )
        ]
    with connect(settings, alias=LAKE) as lake:
        lake.execute(attached)
        in_transaction(lake, lambda: _write(lake, "|".join(files), *listed))


def _write(
    lake: duckdb.DuckDBPyConnection,
    files: str,
    tables: list[tuple[str, ...]],
    views: list[tuple[str, ...]],
    columns: list[tuple[str, ...]],
) -> None:
    schemas = sorted({schema for schema, *_ in (*tables, *views)})
    for schema in schemas:
        lake.execute(f"create schema if not exists {schema}")
    written = {("table", *of[:2]) for of in tables} | {("view", *of[:2]) for of in views}
    for kind, schema, name in sorted(_relations(lake) - written):
        lake.execute(f'drop {kind} {schema}."{name}"')
    for schema, table, _, sql, file in tables:
        name = f'{schema}."{table}"'
        lake.execute(f"create or replace table {name} {sql[sql.index('(') :]}")
        lake.execute(f"insert into {name} from {file}.{name}")
    # A lake is one catalog.
    file_name = re.compile(rf"\b(?:{files})\.(?=(?:{'|'.join(schemas)})\.)")
    create = "create or replace view"
    create_views(
        lake, [re.sub("^CREATE VIEW", create, file_name.sub("", sql)) for *_, sql in views]
    )
    with_columns = {(schema, name) for schema, name, *_ in tables}
    comments = [
        *((f'table {schema}."{name}"', comment) for schema, name, comment, *_ in tables),
        *((f'view {schema}."{name}"', comment) for schema, name, comment, *_ in views),
        *(
            (f'column {schema}."{name}"."{column}"', comment)
            for schema, name, comment, column in columns
            # Columns of a view take none.
            if (schema, name) in with_columns
        ),
    ]
    for what, comment in comments:
        if comment:
            lake.execute(f"comment on {what} is {literal(comment)}")


def _relations(lake: duckdb.DuckDBPyConnection) -> set[tuple[str, ...]]:
    """Return kind, schema and name of what builds left in the lake, from its catalog.

    Of its own tables, releases are in `main` and those that shards load in `shard_…`.
    """
    catalog = f"__ducklake_metadata_{LAKE}.ducklake"
    return {
        relation
        for kind in ("table", "view")
        for relation in lake.execute(
            f"select '{kind}', schema_name, {kind}_name from {catalog}_{kind} as relation "
            f"inner join {catalog}_schema using (schema_id) "
            "where relation.end_snapshot is null "
            "and schema_name <> 'main' and not starts_with(schema_name, 'shard_')"
        ).fetchall()
    }
