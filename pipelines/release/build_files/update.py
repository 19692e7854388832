"""Making again what changed files touch, in the files of a build that is there.

Lives here: which tables of a build change, for which persons, and their tests. Does not: which
models read what changed (`pipelines.release.build_plan`), any model (`dbt_project`).

The SQL is dbt's own, compiled by the last whole build. A table with a `person_id` is made of one
person at a time: its SQL runs in a small world, a database in memory that has the build's names and
of each such table the rows of the touched persons alone, and what comes out replaces their rows.
Every other table is made whole, and stays as it is where that gives the same rows: then nothing
that reads it is made again either.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import duckdb

from pipelines.home.files import literal, replacing
from pipelines.release import build_plan
from pipelines.settings import Settings

# Of a whole build: the SQL that dbt compiled, and the data home whose paths are in it.
COMPILED = "compiled.json"
_PERSON = "person_id"
# Released tables are stored in the order of the first of these that they have.
_IDS = ("record_id", _PERSON)


@dataclass(frozen=True)
class Node:
    """A model, seed or test of the last whole build."""

    unique_id: str
    kind: str
    name: str
    relation: str
    is_table: bool
    sql: str
    reads: tuple[str, ...]
    key: tuple[str, ...]
    only_warns: bool


@dataclass
class Updated:
    """What was made again.

    Attributes:
        tables: By unique id, `persons` where rows of touched persons were replaced, `whole` where
            all were; views as what they read.
        tests: The status of each test that reads them, by unique id.
        persons: How many persons were touched.
    """

    tables: dict[str, str] = field(default_factory=dict)
    tests: dict[str, str] = field(default_factory=dict)
    persons: int = 0


def remember(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Store what a whole build compiled, for `update`."""
    nodes = [
        {
            "unique_id": unique_id,
            "kind": node["resource_type"],
            "name": node["name"],
            "relation": node["relation_name"] or "",
            "is_table": node["config"]["materialized"] in ("table", "seed"),
            "sql": (node.get("compiled_code") or "").strip().rstrip(";"),
            "reads": node.get("depends_on", {}).get("nodes", []),
            "key": [
                column
                for constraint in node.get("constraints", [])
                if constraint["type"] == "primary_key"
                for column in constraint["columns"]
            ],
            "only_warns": node["config"].get("severity", "").lower() == "warn",
        }
        for unique_id, node in manifest["nodes"].items()
    ]
    with replacing(settings.dbt_target / COMPILED) as partial:
        partial.write_text(json.dumps({"home": str(settings.root), "nodes": nodes}))


def compiled(settings: Settings) -> dict[str, Node]:
    """Return the nodes of the last whole build by unique id; none if the home has moved since."""
    try:
        stored = json.loads((settings.dbt_target / COMPILED).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    if stored["home"] != str(settings.root):
        return {}
    nodes = (
        Node(**node | {"reads": tuple(node["reads"]), "key": tuple(node["key"])})
        for node in stored["nodes"]
    )
    return {node.unique_id: node for node in nodes}


def attempt(
    settings: Settings, stale: set[str] | None, log: Callable[[str], object]
) -> Updated | None:
    """Update the build, or say why everything has to be built and return None.

    Args:
        settings: Names the data home.
        stale: Names of the models that read a changed source; None where anything else changed.
        log: Takes a line.
    """
    if stale is None:
        log("warehouse: everything is built: there is no whole build, or models or seeds changed")
        return None
    if not stale:
        log("warehouse: no model reads anything that changed")
        return Updated()
    nodes = compiled(settings)
    if not nodes:
        log("warehouse: everything is built: the data home has moved since the last whole build")
        return None
    build_plan.begin(settings, anew=False)
    try:
        updated = update(settings, nodes, stale)
    except duckdb.Error as error:
        # Its message may have values of rows.
        log(f"warehouse: everything is built: updating ended with {type(error).__name__}")
        return None
    if failed := [name for name, status in updated.tests.items() if status == "fail"]:
        log(f"warehouse: everything is built: {len(failed)} tests failed after updating")
        return None
    log(
        f"warehouse: {updated.persons:,} persons touched, {len(updated.tables)} tables and views "
        f"changed, {len(updated.tests)} tests passed"
    )
    return updated


def update(settings: Settings, nodes: Mapping[str, Node], stale: set[str]) -> Updated:
    """Make again what reads changed sources, and run the tests of what changed.

    Args:
        settings: Names the data home.
        nodes: As `compiled` returns them.
        stale: Names of the models that read a changed source.

    Raises:
        duckdb.Error: The files of the build are damaged, or a rule of a table is broken: the build
            has to be made whole.
    """
    with _open(settings) as build:
        running = _Update(build, nodes, stale)
        for node in _upstream_first(nodes):
            running.make(node)
        for node in nodes.values():
            if node.kind == "test" and running.done.tables.keys() & set(node.reads):
                [[rows]] = build.execute(f"select count(*) from ({node.sql}\n)").fetchall()
                status = "pass" if not rows else "warn" if node.only_warns else "fail"
                running.done.tests[node.unique_id] = status
        running.done.persons = _one(build, "select count(*) from touched")
    return running.done


def _open(settings: Settings) -> duckdb.DuckDBPyConnection:
    build = duckdb.connect(
        str(settings.build), config={"memory_limit": os.getenv("PATHWAYS_DBT_MEMORY", "4GB")}
    )
    build.execute(f"set threads = {int(os.getenv('PATHWAYS_DBT_THREADS', '2'))}")
    build.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    for path in settings.built[1:]:
        build.execute(f"attach {literal(path)} as {path.stem}")
    build.execute(f"create temp table touched ({_PERSON} varchar)")
    return build


def _upstream_first(nodes: Mapping[str, Node]) -> Iterator[Node]:
    """Yield models: those of staging before all others, whose persons have to be known."""
    order = TopologicalSorter(
        {one.unique_id: set(one.reads) for one in nodes.values() if one.kind == "model"}
    )
    models = [nodes[one] for one in order.static_order() if one in nodes]
    yield from (one for one in models if '"staging"' in one.relation)
    yield from (one for one in models if '"staging"' not in one.relation and one.kind == "model")


class _Update:
    """The build while it is updated, and the small world beside it."""

    def __init__(
        self, build: duckdb.DuckDBPyConnection, nodes: Mapping[str, Node], stale: set[str]
    ) -> None:
        self.build, self.nodes, self.stale = build, nodes, stale
        self.done = Updated()
        self.world = duckdb.connect()
        self.world.execute("set TimeZone = 'UTC'")
        self.in_world: set[str] = set()
        self.columns: dict[str, dict[str, str]] = {}
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
            self.columns.setdefault(relation, {})[column] = of_type
        for relation in self.columns:
            database, schema, _ = relation.split(".")
            self.world.execute(f"attach if not exists ':memory:' as {database}")
            self.world.execute(f"create schema if not exists {database}.{schema}")
        self.world.execute("use build")

    def make(self, node: Node) -> None:
        """Make a model again if anything that it reads changed."""
        changes = {self.done.tables[one] for one in node.reads if one in self.done.tables}
        is_of_persons = _PERSON in self.columns[node.relation]
        of_persons_alone = is_of_persons and "whole" not in changes and node.name not in self.stale
        if not changes and node.name not in self.stale:
            return
        if not node.is_table:
            self.done.tables[node.unique_id] = "persons" if of_persons_alone else "whole"
        elif of_persons_alone:
            self._make_persons(node)
        else:
            self._make_whole(node)

    def _make_persons(self, node: Node) -> None:
        """Replace the rows of the touched persons by what its SQL gives in the small world."""
        self.stage_persons(node)
        touched = f"(from {node.relation} where {_PERSON} in (from touched))"
        if self.differ("new", touched):
            rest = f"select * from {node.relation} where {_PERSON} not in (from touched)"
            self._replace(node, f"{rest} union all from new", touched)
            self.done.tables[node.unique_id] = "persons"

    def stage_persons(self, node: Node) -> None:
        """Write what its SQL gives in the small world into the temporary table `new`."""
        self._bring_all(node)
        rows = self.world.sql(node.sql).to_arrow_table()
        self.build.register("rows", rows)
        self._stage(node, "select * from rows")

    def _make_whole(self, node: Node) -> None:
        """Replace all rows, unless they are the same."""
        self._stage(node, node.sql)
        if not self.differ("new", node.relation):
            return
        self.done.tables[node.unique_id] = "whole"
        if _PERSON in self.columns[node.relation]:
            differing = " union all ".join(
                f"select {_PERSON} from (from {a} except all from {b})"
                for a, b in (("new", node.relation), (node.relation, "new"))
            )
            if '"staging"' in node.relation:
                self.build.execute(
                    f"insert into touched select distinct {_PERSON} from ({differing}) "
                    f"where {_PERSON} not in (from touched)"
                )
            strangers = f"{_PERSON} is null or {_PERSON} not in (from touched)"
            if not _one(self.build, f"select count(*) from ({differing}) where {strangers}"):
                self.done.tables[node.unique_id] = "persons"
        self._replace(node, "from new")

    def _stage(self, node: Node, sql: str) -> None:
        """Write rows into a temporary table `new` with the types of the stored one."""
        self.build.execute(f"create or replace temp table new as from {node.relation} limit 0")
        self.build.execute(f"insert into new by name select * from ({sql}\n)")

    def differ(self, one: str, other: str) -> bool:
        """Return whether two relations have other rows, in whatever order."""
        query = "select count(*), sum(hash(t)::hugeint) from {} as t"
        [a, b] = (self.build.execute(query.format(name)).fetchall() for name in (one, other))
        return a != b

    def _replace(self, node: Node, rows: str, gone: str | None = None) -> None:
        """Replace all rows of a table, or those that differ where its order is nobody's business.

        Args:
            node: The table.
            rows: All rows as they will be; those that are new are in the temporary table `new`.
            gone: The rows that `new` stands for; all where None.
        """
        ids = [one for one in _IDS if one in self.columns[node.relation]]
        is_ordered = ids and node.relation.startswith('"build"')
        self.build.execute("begin")
        if is_ordered or not self._exchange(node, gone or node.relation):
            order = f" order by {ids[0]}" if is_ordered else ""
            self.build.execute(f"create or replace temp table all_rows as {rows}{order}")
            self.build.execute(
                f"delete from {node.relation}; insert into {node.relation} from all_rows"
            )
        if node.key:
            self.build.execute(
                f"select error('{node.name}: two rows share a key') from {node.relation} "
                f"group by {', '.join(node.key)} having count(*) > 1"
            )
        self.build.execute("commit")

    def _exchange(self, node: Node, old: str) -> bool:
        """Exchange the rows that differ; return False where rows that are alike hinder it."""
        self.build.execute(
            f"create or replace temp table added as from new as t "
            f"where hash(t) not in (select hash(o) from {old} as o)"
        )
        scope = "" if old == node.relation else f"{_PERSON} in (from touched) and "
        self.build.execute(
            f"delete from {node.relation} as t where {scope}hash(t) not in "
            "(select hash(n) from new as n)"
        )
        self.build.execute(f"insert into {node.relation} from added")
        return not self.differ("new", old)

    def _bring_all(self, reader: Node) -> None:
        for one in reader.reads:
            if one in self.nodes:
                self._bring(self.nodes[one])

    def _bring(self, node: Node) -> None:
        """Bring a table into the small world: touched persons alone where it is of persons."""
        if node.unique_id in self.in_world:
            return
        self.in_world.add(node.unique_id)
        if not node.is_table:
            self._bring_all(node)
            self.world.execute(f"create view {node.relation} as {node.sql}")
            return
        columns = self.columns[node.relation]
        of_touched = f" where {_PERSON} in (from touched)" if _PERSON in columns else ""
        rows = self.build.sql(f"select * from {node.relation}{of_touched}").to_arrow_table()
        declared = ", ".join(f'"{name}" {of_type}' for name, of_type in columns.items())
        self.world.execute(f"create table {node.relation} ({declared})")
        self.world.register("rows", rows)
        self.world.execute(f"insert into {node.relation} by name select * from rows")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return connection.execute(query).fetchall()[0][0]
