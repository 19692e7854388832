"""A release as the site reads it: rows that know their table and key, under released names.

Lives here: opening a release, exact or public, and the values that most pages share. Does not: what
a page shows (`pipelines.site.pages`).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipelines.checks.values import relation
from pipelines.home.files import literal
from pipelines.settings import WAREHOUSE

STATE = "statewide:California"
VALUE, EQUITY = "metrics.metric_value", "metrics.metric_equity"
STATEMENT = "collaboration.regional_statement"
CELL = (
    "metric_id", "definition_version", "cohort_year", "attribution", "region_scheme", "region_id",
    "dimension", "dimension_value", "student_group", "student_group_value",
)  # fmt: skip
# Everybody's values by place, each metric by its first attribution, the way `pathways metrics
# explain` shows it.
_VALUES = """
    create temp table site_value as
    select value.* exclude (reason, awaited, is_compared)
    from {} as value
    inner join metrics.metric_definition as definition using (metric_id, definition_version)
    where value.student_group = 'all' and value.attribution = definition.attributions[1]
"""


class Row(dict[str, Any]):
    """A row of a released table, with the key that finds it there again."""

    def __init__(self, table: str, key: Sequence[str], values: dict[str, Any]) -> None:
        super().__init__(values)
        self._table, self._key = table, key

    @cached_property
    def address(self) -> str:
        """The table, and the key's columns with their values, as pages carry it.

        Most rows are in a download alone, and a tenth of a build went into their addresses.
        """
        return "|".join([self._table, *(f"{name}={_text(self[name])}" for name in self._key)])


def _text(value: object) -> str:
    """Return a value as DuckDB casts it to text, which is how it is looked up again."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Source:
    """An open release.

    Attributes:
        connection: Reads it; tables have their released names.
        release_id: The release.
        released_at: Its day, `2026-11-27`.
        is_public: Whether only what may be published is in it.
        manifest: The release's manifest.
    """

    connection: duckdb.DuckDBPyConnection
    release_id: str
    released_at: str
    is_public: bool
    manifest: dict[str, Any]

    def rows(self, table: str, key: Sequence[str], rest: str = "", read: str = "") -> list[Row]:
        """Return rows of a table.

        Args:
            table: As the release names it.
            key: Columns that find a row again.
            rest: What follows `from`, such as `where` and `order by`.
            read: Where the rows are read from, when not from the table itself.
        """
        return [Row(table, key, values) for values in self.records(f"from {read or table} {rest}")]

    def records(self, sql: str) -> list[dict[str, Any]]:
        """Return what a query gives, as it is."""
        result = self.connection.sql(sql)
        return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]

    def values(self, rest: str) -> list[Row]:
        """Return values about everybody at a place, with `is_whole`."""
        return self.rows(VALUE, CELL, rest, read="site_value")

    def has(self, name: str) -> bool:
        """Return whether there is a table of a name: releases of earlier versions lack some."""
        return bool(self.records(f"from duckdb_columns() where table_name = '{name}'"))

    def later(self, table: str, key: Sequence[str], rest: str) -> list[Row]:
        """Return rows as `rows` does; none of a table that is not there."""
        return self.rows(table, key, rest) if self.has(table.partition(".")[2]) else []

    @cached_property
    def statements(self) -> dict[str, list[Row]]:
        """What regions say, with the state's answer beside it, by the page that it is on."""
        if not self.has("regional_statement"):
            return {}
        rows = self.rows(
            STATEMENT,
            ("statement_id",),
            "order by written_on, statement_id",
            read=f"""(
                select statement.*, reply.answer, reply.decided_on as answered_on
                from {STATEMENT} as statement
                left join collaboration.regional_answer as reply
                    on statement.statement_id = reply.statement_id and reply.is_shown
                where statement.is_shown
            )""",
        )
        by_page: dict[str, list[Row]] = {}
        for row in rows:
            by_page.setdefault(row["page"], []).append(row)
        return by_page

    def lookup(self, table: str, key: str, name: str) -> dict[str, str]:
        """Return the names of a table by its key."""
        return {row[key]: row[name] for row in self.records(f"select {key}, {name} from {table}")}


@contextmanager
def opened(folder: Path) -> Iterator[Source]:
    """Open the exact warehouse of a release.

    Args:
        folder: Of the release.
    """
    manifest = json.loads((folder / "manifest.json").read_text())
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {literal(folder / WAREHOUSE)} as release (read_only)")
        connection.execute("use release")
        connection.execute(_VALUES.format(relation(folder / WAREHOUSE)))
        yield Source(
            connection, manifest["release_id"], manifest["released_at"][:10], False, manifest
        )
