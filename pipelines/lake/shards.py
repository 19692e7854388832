"""Shards: one data home each, whose builds lie side by side in a lake, a partition a shard.

Lives here: what a shard gives to the lake, and giving it in one transaction. Does not: adding
shards up (`pipelines.lake.roll_up`), building a home.

Writers update the row of their shard in `main.shard`: of two that load one shard at a time, the
later one conflicts and begins again, so that no load mixes two builds. Writers of different shards
never conflict.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatch

import duckdb

from pipelines.errors import UserError
from pipelines.home import code_version
from pipelines.home.files import literal
from pipelines.lake import build
from pipelines.lake.build import LAKE
from pipelines.lake.catalog import ALIAS, connect, in_transaction
from pipelines.settings import Settings


class Rule(StrEnum):
    """How a table of all shards becomes one of the roll-up."""

    ADDED = "whole numbers are added up, by all other columns"
    SAME = "rows are about places, and equal in every shard"
    WIDEST = "spans and flags of all shards together"


# What people of a shard add up to, and what it knows of places and feeds: nothing of one person.
TABLES = {
    "aggregates.agg_counts_*": Rule.ADDED,
    "counted.amounts_*": Rule.ADDED,
    "counted.agg_scff_success": Rule.ADDED,
    "intermediate.int_linkage__aggregate": Rule.ADDED,
    "metrics.transition": Rule.ADDED,
    "intermediate.int_feed__delivered": Rule.SAME,
    "intermediate.int_institution__current": Rule.SAME,
    "marts.brg_place_region": Rule.SAME,
    "marts.dim_place": Rule.SAME,
    "intermediate.int_feed__data_through": Rule.WIDEST,
    "aggregates.agg_as_of": Rule.WIDEST,
}


class ShardError(UserError):
    """A shard is not registered, or does not go with the others."""


@dataclass(frozen=True)
class Shard:
    """A shard: its name, how it counts (1, or -1 to be taken off), and the code that built it."""

    name: str
    weight: int
    code_version: str
    loaded_at: datetime | None


def add_shard(settings: Settings, name: str, weight: int = 1) -> None:
    """Register a shard, once, before anybody loads it.

    Raises:
        ShardError: The name is not of lower-case letters, digits and `_`.
    """
    if not (name.isascii() and name.replace("_", "").isalnum() and name == name.lower()):
        raise ShardError(f"{name}: a shard's name has lower-case letters, digits and _ alone.")
    with connect(settings) as lake:
        _create(lake)

        def add() -> None:
            # Two registrations at a time conflict in this row; two inserts would not.
            lake.execute("update main.registry set shards = shards + 1")
            is_registered = lake.execute(
                "select 1 from main.shard where shard = ?", [name]
            ).fetchall()
            if not is_registered:
                lake.execute("insert into main.shard values (?, ?, null, null)", [name, weight])

        in_transaction(lake, add)


def shards(lake: duckdb.DuckDBPyConnection) -> list[Shard]:
    """Return the registered shards by name."""
    _create(lake)
    rows = lake.sql("select shard, weight, code_version, loaded_at from main.shard order by shard")
    return [Shard(*row) for row in rows.fetchall()]


def load(settings: Settings, name: str) -> dict[str, int]:
    """Load the build of a data home into the lake as a shard; return the rows of each table.

    All of the shard's rows are replaced in one transaction, or none.

    Raises:
        LakeError: The build is not whole and tested.
        ShardError: The shard is not registered.
    """
    build.whole(settings)
    with connect(settings, alias=LAKE) as lake:
        _create(lake)
        files = {path.stem: path for path in (settings.build, settings.unreleased)}
        for file, path in files.items():
            lake.execute(f"attach {literal(path)} as {file} (read_only)")
        lake.execute(f"use {ALIAS}")
        tables = [(one, *table) for one in files for table in _tables(lake, one, "")]
        for file, schema, table in tables:
            in_transaction(lake, lambda f=file, s=schema, t=table: _create_table(lake, f, s, t))
        return in_transaction(lake, lambda: _replace(lake, name, tables))


def loaded_tables(lake: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, Rule]]:
    """Yield schema and name, as a home names it, of each table that shards loaded; and its rule."""
    for schema, table in _tables(lake, LAKE, "shard_"):
        rule = next(rule for name, rule in TABLES.items() if fnmatch(f"{schema}.{table}", name))
        yield schema, table, rule


def _tables(
    lake: duckdb.DuckDBPyConnection, database: str, prefix: str
) -> Iterator[tuple[str, str]]:
    existing = lake.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = ? order by all",
        [database],
    ).fetchall()
    for schema, table in existing:
        name = f"{schema.removeprefix(prefix)}.{table}"
        if schema.startswith(prefix) and any(fnmatch(name, one) for one in TABLES):
            yield schema.removeprefix(prefix), table


def _create(lake: duckdb.DuckDBPyConnection) -> None:
    def create() -> None:
        lake.execute(
            "create table if not exists main.shard "
            "(shard varchar, weight integer, code_version varchar, loaded_at timestamptz)"
        )
        lake.execute("create table if not exists main.registry as select 0 as shards")

    in_transaction(lake, create)


def _create_table(lake: duckdb.DuckDBPyConnection, file: str, schema: str, table: str) -> None:
    target = f"{LAKE}.shard_{schema}.{table}"
    lake.execute(f"create schema if not exists {LAKE}.shard_{schema}")
    existing = lake.execute(
        "select 1 from information_schema.tables "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [LAKE, f"shard_{schema}", table],
    ).fetchall()
    if not existing:
        lake.execute(
            f"create table {target} as select cast(null as varchar) as shard, * "
            f"from {file}.{schema}.{table} limit 0"
        )
        lake.execute(f"alter table {target} set partitioned by (shard)")


def _replace(
    lake: duckdb.DuckDBPyConnection, name: str, tables: list[tuple[str, str, str]]
) -> dict[str, int]:
    """Put the rows of a home in place of those that a shard has."""
    [(registered,)] = lake.execute(
        f"update {LAKE}.main.shard set code_version = ?, loaded_at = ? where shard = ?",
        [code_version.build(), datetime.now(UTC), name],
    ).fetchall()
    if registered != 1:
        raise ShardError(f"No shard is named {name}. Run: pathways lake add-shard {name}")
    rows = {}
    for file, schema, table in tables:
        target = f"{LAKE}.shard_{schema}.{table}"
        lake.execute(f"delete from {target} where shard = ?", [name])
        [(rows[f"{schema}.{table}"],)] = lake.execute(
            f"insert into {target} by name select ? as shard, * from {file}.{schema}.{table}",
            [name],
        ).fetchall()
    return rows
