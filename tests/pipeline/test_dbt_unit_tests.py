"""dbt's unit tests: hand-worked cases of every metric, run against the built warehouse's types.

Most run on the SQL that the build compiled, in a database in memory: dbt takes 0.2 s for each of
them. Those that override a macro are compiled anew, by dbt.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home.files import literal
from pipelines.release import dbt
from pipelines.release.build_files.compiled import compiled
from pipelines.release.build_files.opened import columns_of
from tests.pipeline.conftest import Home

Types = Mapping[str, str]


def fill(
    database: duckdb.DuckDBPyConnection, relation: str, rows: str | Sequence[dict], types: Types
) -> None:
    """Make a table of a case's rows, given as SQL or as values of some of its columns."""
    if isinstance(rows, str):
        database.execute(f"create or replace table {relation} as {rows}")
        return
    declared = ", ".join(f'"{name}" {of_type}' for name, of_type in types.items())
    database.execute(f"create or replace table {relation} ({declared})")
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        # As literals: DuckDB looks for absent packages at each statement that has parameters.
        values = ("null" if of is None else literal(of) for of in row.values())
        database.execute(f"insert into {relation} ({names}) values ({', '.join(values)})")


def types_of(database: duckdb.DuckDBPyConnection, rows: str) -> dict[str, str]:
    """Return names and types of the columns of a relation."""
    return {name: kind for name, kind, *_ in database.execute(f"describe {rows}").fetchall()}


def differing(
    database: duckdb.DuckDBPyConnection,
    case: Mapping[str, Any],
    sql: str,
    inputs: Mapping[str, tuple[str, Types]],
) -> list:
    """Return rows that a case expects and its model's SQL does not give, and the other way."""
    given = {one["input"]: one["rows"] for one in case["given"]}
    for number, (name, rows) in enumerate(given.items()):
        relation, types = inputs[name]
        # A view of a release names its tables without a database.
        for name_of in (relation, relation.partition(".")[2]):
            sql = sql.replace(name_of or relation, f"input_{number}")
        fill(database, f"input_{number}", rows, types)
    database.execute(f"create or replace table actual as {sql}")
    expected = case["expect"]["rows"]
    fill(database, "expected", expected, types_of(database, "actual"))
    names = expected[0] if isinstance(expected, list) else types_of(database, "expected")
    columns = ", ".join(f'"{name}"' for name in names)
    one, other = (f"select {columns} from {table}" for table in ("actual", "expected"))
    return database.execute(
        f"({one} except all {other}) union all ({other} except all {one})"
    ).fetchall()


def test_every_hand_worked_case_holds(refreshed: Home, tmp_path: Path) -> None:
    # Of a copy: dbt holds the files it writes to, which other tests read.
    for path in refreshed.settings.built:
        shutil.copy(path, tmp_path)
    manifest = json.loads((refreshed.settings.dbt_target / "manifest.json").read_text())
    nodes = {node.name: node for node in compiled(refreshed.settings).values()}
    inputs: dict[str, tuple[str, Types]] = {}
    with duckdb.connect(str(tmp_path / "build.duckdb")) as build:
        for name in ("unreleased", "records"):
            build.execute(f"attach '{tmp_path}/{name}.duckdb' as {name}")
        columns = columns_of(build)
        for node in nodes.values():
            inputs[f"ref('{node.name}')"] = node.relation, columns.get(node.relation, {})
        for source in manifest["sources"].values():
            relation, group, name = source["relation_name"], source["source_name"], source["name"]
            types = types_of(build, f"select * from {relation}")
            inputs[f"source('{group}', '{name}')"] = relation, types
    cases = manifest["unit_tests"].values()
    of_dbt = [case["name"] for case in cases if case["overrides"]]
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute("set TimeZone = 'UTC'")
        failed = [
            case["name"]
            for case in cases
            if not case["overrides"] and differing(database, case, nodes[case["model"]].sql, inputs)
        ]
    assert failed == []
    assert len(cases) - len(of_dbt) >= 90
    results = dbt.run(
        refreshed.settings, "test", "--quiet", "--select", *of_dbt, build=tmp_path, target=tmp_path
    )
    assert not dbt.failures(results)
    results = [one for one in results if one.node.unique_id.startswith("unit_test.")]
    assert {str(result.status) for result in results} == {"pass"}
    assert len(results) == len(of_dbt) >= 15
