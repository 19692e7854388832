"""Making again what changed files touch, in the files of a build that is there.

Lives here: which tables of a build change, in which rows, and their tests. Does not: which models
read what changed (`pipelines.release.build_plan`), any model (`dbt_project`).

The SQL is dbt's own, compiled by the last whole build; it runs in a small world, which has the
build's names and of its tables the rows that matter, and what comes out replaces rows. Which ones,
a table says itself:

- one with a `person_id` is made of one person at a time: rows of the touched persons;
- one whose `config.meta` has `made_by` is made of rows that share these columns: rows of the values
  that what it reads had or has in rows that changed;
- one with `adds_up` has sums over persons: those of the touched persons as they were are taken
  away, and as they are now added.

Every other table is made whole, and stays as it is where that gives the same rows: then nothing
that reads it is made again either.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import duckdb

from pipelines.release import build_plan
from pipelines.release.build_files.compiled import Node, compiled, upstream_first
from pipelines.release.build_files.opened import columns_of, count, opened, store_differences
from pipelines.release.build_files.rewrite import write_anew
from pipelines.release.build_files.world import World
from pipelines.settings import Settings

_PERSON = "person_id"
_TOUCHED = f"{_PERSON} in (from touched)"
# Released tables are stored in the order of the first of these that they have.
_IDS = ("record_id", _PERSON)


@dataclass
class Updated:
    """What was made again.

    Attributes:
        tables: By unique id, what was replaced: `persons`, `cells`, `sums`, or `whole` and why;
            views as what they read.
        tests: The status of each test that reads them, by unique id.
        persons: How many persons were touched.
    """

    tables: dict[str, str] = field(default_factory=dict)
    tests: dict[str, str] = field(default_factory=dict)
    persons: int = 0


def attempt(
    settings: Settings, stale: set[str] | None, log: Callable[[str], object]
) -> Updated | None:
    """Update the build, or say why everything has to be built and return None.

    Args:
        settings: Names the data home.
        stale: Names of the models that read a changed source; None where anything else changed.
        log: Takes a line.
    """

    def build_all(why: str) -> None:
        log(f"everything is built: {why}")

    if stale is None:
        return build_all("there is no whole build, or models or seeds changed")
    if not stale:
        log("warehouse: no model reads anything that changed")
        return Updated()
    nodes = compiled(settings)
    if not nodes:
        return build_all("the data home has moved since the last whole build")
    build_plan.begin(settings, anew=False)
    try:
        updated = update(settings, nodes, stale)
    except duckdb.Error as error:
        # Its message may have values of rows.
        return build_all(f"updating ended with {type(error).__name__}")
    if failed := [name for name, status in updated.tests.items() if status == "fail"]:
        return build_all(f"{len(failed)} tests failed after updating")
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
    with opened(settings) as build:
        build.execute(f"create temp table touched ({_PERSON} varchar)")
        running = _Update(build, nodes, stale)
        for node in upstream_first(nodes):
            running.make(node)
        for node in nodes.values():
            if node.kind == "test" and running.done.tables.keys() & set(node.reads):
                failing = running.failing_rows(node)
                status = "pass" if not failing else "warn" if node.only_warns else "fail"
                running.done.tests[node.unique_id] = status
        running.done.persons = count(build, "touched")
    return running.done


class _Update:
    """The build while it is updated, and the small worlds beside it."""

    def __init__(
        self, build: duckdb.DuckDBPyConnection, nodes: Mapping[str, Node], stale: set[str]
    ) -> None:
        self.build, self.nodes, self.stale = build, nodes, stale
        self.done = Updated()
        # Tables of persons with other rows than those of touched persons among what changed.
        self.strange: set[str] = set()
        self.columns = columns_of(build)
        self.after = World(self.columns, nodes, self._of_touched)
        self.before = World(self.columns, nodes, self._as_it_was)
        self.come = World(self.columns, nodes, self._that_come)

    def make(self, node: Node) -> None:
        """Make a model again if anything that it reads changed."""
        changed = self._changed(node)
        if not changed and node.name not in self.stale:
            return
        if not node.is_table:
            self.done.tables[node.unique_id] = "view"
            return
        how, scope = self._stage(node, changed)
        if self._store_changes(node, scope):
            self._replace(node, scope)
            self.done.tables[node.unique_id] = how

    def failing_rows(self, test: Node) -> int:
        """Return how many rows fail a test; of cells and rows it judges those that changed."""
        if test.by_row:
            return self.come.run(test).num_rows
        changed = self._changed(test)
        # Of a view that has columns from elsewhere, cells of those that every changed table has.
        shared = tuple(c for c in test.made_by if all(self._has(one, {c}) for one in changed))
        for columns in {test.made_by: None, shared: None}:
            if columns and not self._store_cells(of := replace(test, made_by=columns), changed):
                return self._of_cells(of).num_rows
        return count(self.build, f"({test.sql}\n)")

    def _that_come(self, node: Node) -> Any:
        """Return the rows that were replaced by others; all of a table that is made whole."""
        is_of_parts = self._own(node) or node.adds_up
        if is_of_parts and node.unique_id in self.done.tables:
            return self.build.sql(f"from {node.come}").to_arrow_table()
        return self._rows(node, "false" if is_of_parts else "true")

    def _changed(self, node: Node) -> list[Node]:
        return [one for one in self._behind(node) if one.unique_id in self.done.tables]

    def _behind(self, node: Node) -> list[Node]:
        """Return the tables that a node reads, through views, and views of changed sources."""
        tables: dict[str, Node] = {}
        for read in (self.nodes[one] for one in node.reads if one in self.nodes):
            is_itself = read.is_table or read.name in self.stale
            tables |= {one.unique_id: one for one in ([read] if is_itself else self._behind(read))}
        return list(tables.values())

    def _stage(self, node: Node, changed: list[Node]) -> tuple[str, str]:
        """Write rows that replace others into `new`; return how, and which rows they replace."""
        why = f"whole: {node.name} reads what was delivered"
        if node.name not in self.stale:
            if self._has(node, {_PERSON}):
                if not (why := self._not_of_persons(changed)):
                    self.stage_persons(node)
                    return "persons", _TOUCHED
            elif node.adds_up:
                if not (why := self._not_of_persons(changed)):
                    return "sums", self._stage_sums(node)
            elif node.made_by:
                if not (why := self._store_cells(node, changed)):
                    self.stage_cells(node)
                    return "cells", _in_moved(node.made_by)
            else:
                why = f"whole: {node.name} is not made of persons"
        self._stage_rows(node, node.sql)
        return why, "true"

    def _not_of_persons(self, changed: Iterable[Node]) -> str:
        for one in changed:
            if not self._has(one, {_PERSON}) or one.unique_id in self.strange:
                return f"whole: {one.name} changed for others than the touched persons"
        return ""

    def _has(self, node: Node, columns: Iterable[str]) -> bool:
        return node.is_table and set(columns) <= self.columns[node.relation].keys()

    def stage_persons(self, node: Node) -> None:
        """Write what its SQL gives of the touched persons into the temporary table `new`."""
        self.build.register("rows", self.after.run(node))
        self._stage_rows(node, "select * from rows")

    def stage_cells(self, node: Node) -> None:
        """Write what its SQL gives of the rows in cells of `moved` into `new`."""
        self.build.register("rows", self._of_cells(node))
        self._stage_rows(node, "select * from rows")

    def _of_cells(self, node: Node) -> Any:
        return World(self.columns, self.nodes, partial(self._in_cells, node)).run(node)

    def _stage_sums(self, node: Node) -> str:
        """Write the moved sums into `new`; return which rows of the table they replace.

        A row all of whose sums are zero is none.
        """
        types = self.columns[node.relation]
        keys = [name for name, of_type in types.items() if of_type == "VARCHAR"]
        numbers = {name: t.replace("UINTEGER", "HUGEINT") for name, t in types.items()}
        sums = [name for name in types if name not in keys]
        self.build.register("plus", self.after.run(node))
        self.build.register("minus", self.before.run(node))
        moved = self._store_moved(
            keys, "(from plus except from minus)", "(from minus except from plus)"
        )

        def signed(sign: str, relation: str) -> str:
            of_each = ", ".join(f"{sign}cast({name} as {numbers[name]}) as {name}" for name in sums)
            return f"select {', '.join(keys)}, {of_each} from {relation} where {moved}"

        totals = ", ".join(f"sum({name}) as {name}" for name in sums)
        self._stage_rows(
            node,
            f"select {', '.join(keys)}, {totals} from ({signed('', node.relation)} union all "
            f"{signed('', 'plus')} union all {signed('-', 'minus')}) group by all "
            f"having {' or '.join(f'sum({name}) <> 0' for name in sums)}",
        )
        return moved

    def _store_cells(self, node: Node, changed: Iterable[Node]) -> str:
        """Write into `moved` the values of `made_by` that may have other rows; return why not."""
        of = list[str]()
        for one in changed:
            links = [] if self._has(one, node.made_by) else self._links(node, one)
            own = ", ".join(self._own(one))
            if self._has(one, node.made_by):
                of.append(one.changes)
            elif not links:
                return f"whole: {one.name} changed, which has no {', '.join(node.made_by)}"
            of += [
                f"(from {link.relation} where ({own}) in (select ({own}) from {one.changes}))"
                for link in links
            ]
        self._store_moved(node.made_by, *of)
        return ""

    def _store_moved(self, columns: Iterable[str], *rows: str) -> str:
        """Write hashes of some columns of rows into `moved`; return which rows have one of them."""
        hashes = " union ".join(f"select hash({', '.join(columns)}) from {one}" for one in rows)
        self.build.execute(f"create or replace temp table moved as {hashes}")
        return _in_moved(columns)

    def _own(self, node: Node) -> tuple[str, ...]:
        return (_PERSON,) if self._has(node, {_PERSON}) else node.made_by

    def _links(self, node: Node, one: Node) -> list[Node]:
        """Return the tables that a node reads which say in what cells a row of another one is."""
        both = {*self._own(one), *node.made_by}
        return [link for link in self._behind(node) if self._own(one) and self._has(link, both)]

    def _in_cells(self, node: Node, one: Node) -> Any:
        """Return the rows of a table that a model reads for the cells in `moved`."""
        moved = _in_moved(node.made_by)
        if self._has(one, node.made_by):
            return self._rows(one, moved)
        own = ", ".join(self._own(one))
        of_links = [
            f"({own}) in (select ({own}) from {link.relation} where {moved})"
            for link in self._links(node, one)
        ]
        return self._rows(one, " or ".join(of_links) or "true")

    def _rows(self, node: Node, where: str) -> Any:
        return self.build.sql(f"from {node.relation} as t where {where}").to_arrow_table()

    def _of_touched(self, node: Node) -> Any:
        return self._rows(node, _TOUCHED if self._has(node, {_PERSON}) else "true")

    def _as_it_was(self, node: Node) -> Any:
        """Return the rows of the touched persons before this update."""
        if node.unique_id not in self.done.tables or not self._has(node, {_PERSON}):
            return self._of_touched(node)
        rest = f"from {node.relation} where {_TOUCHED} except all from {node.come}"
        return self.build.sql(f"({rest}) union all from {node.gone}").to_arrow_table()

    def _stage_rows(self, node: Node, sql: str) -> None:
        """Write rows into a temporary table `new` with the types of the stored one."""
        self.build.execute(f"create or replace temp table new as from {node.relation} limit 0")
        self.build.execute(f"insert into new by name select * from ({sql}\n)")

    def _store_changes(self, node: Node, scope: str) -> bool:
        """Store the rows that go and come, and return whether there are any.

        Of staging, whose they are is remembered.
        """
        old = f"(from {node.relation} as t where {scope})"
        if not store_differences(self.build, old, "new", node.gone, node.come):
            return False
        if not self._has(node, {_PERSON}):
            return True
        if node.is_staged:
            self.build.execute(
                f"insert into touched select distinct {_PERSON} from {node.changes} "
                f"where {_PERSON} is not null and not {_TOUCHED}"
            )
        others = f"{_PERSON} is null or not {_TOUCHED}"
        if count(self.build, f"(from {node.changes} where {others})"):
            self.strange.add(node.unique_id)
        return True

    def _replace(self, node: Node, scope: str) -> None:
        """Replace rows by those in `new`; a released table is written anew, in its order."""
        self.build.execute("begin")
        if node.relation.startswith('"build"'):
            ids = [one for one in _IDS if one in self.columns[node.relation]]
            order = f"order by {ids[0]}" if ids else ""
            others = f"from {{}} as t where ({scope}) is not true"
            write_anew(self.build, node.relation, f"({others} union all from new) {order}")
        else:
            self.build.execute(
                f"delete from {node.relation} as t where {scope} and hash(t) in (from changed); "
                f"insert into {node.relation} from new as t where hash(t) in (from changed)"
            )
        if node.key:
            self.build.execute(
                f"select error('{node.name}: two rows share a key') from {node.relation} "
                f"group by {', '.join(node.key)} having count(*) > 1"
            )
        self.build.execute("commit")


def _in_moved(columns: Iterable[str]) -> str:
    return f"hash({', '.join(columns)}) in (from moved)"
