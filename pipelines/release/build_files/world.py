"""A small world: a database in memory that has a build's names, and some rows of its tables.

Lives here: running a model's SQL there. Does not: which rows these are
(`pipelines.release.build_files.update`).
"""

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from pipelines.release.build_files.compiled import Node


class World:
    """Tables are brought when a model that reads them runs, each once."""

    def __init__(
        self,
        columns: Mapping[str, Mapping[str, str]],
        nodes: Mapping[str, Node],
        rows_of: Callable[[Node], Any],
    ) -> None:
        """Make an empty world.

        Args:
            columns: Of each relation of the build, names and types.
            nodes: Models, seeds and tests by unique id.
            rows_of: Returns the rows that a table has here, as an Arrow table.
        """
        self._columns, self._nodes, self._rows_of = columns, nodes, rows_of
        self._brought: set[str] = set()
        self._database = duckdb.connect(config={"threads": 1})
        self._database.execute("set TimeZone = 'UTC'")
        for database in {relation.split(".")[0] for relation in columns}:
            self._database.execute(f"attach ':memory:' as {database}")
        for schema in {relation.rsplit(".", 1)[0] for relation in columns}:
            self._database.execute(f"create schema if not exists {schema}")
        self._database.execute("use build")

    def run(self, node: Node) -> Any:
        """Return what a model's SQL gives here, as an Arrow table."""
        self._bring_what(node)
        return self._database.sql(node.sql).to_arrow_table()

    def _bring_what(self, reader: Node) -> None:
        for one in reader.reads:
            if one in self._nodes and one not in self._brought:
                self._brought.add(one)
                self._bring(self._nodes[one])

    def _bring(self, node: Node) -> None:
        if not node.is_table:
            self._bring_what(node)
            self._database.execute(f"create view {node.relation} as {node.sql}")
            return
        declared = ", ".join(
            f'"{name}" {of_type}' for name, of_type in self._columns[node.relation].items()
        )
        self._database.execute(f"create table {node.relation} ({declared})")
        self._database.register("rows", self._rows_of(node))
        self._database.execute(f"insert into {node.relation} by name select * from rows")
        self._database.unregister("rows")
