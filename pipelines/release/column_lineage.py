"""Column lineage: the columns that a column comes from, from delivered files to metrics.

Lives here: lineage through the gate, from the contracts, and through dbt, from the SQL it ran.
Does not: attaching it to assets (`pipelines.defs`).
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from pipelines.home.files import replacing
from schemas import Feed

# An asset's key, and one of its columns.
Table = tuple[str, ...]
Column = tuple[Table, str]
# For each column of a table, the columns it comes from.
Lineage = dict[str, list[Column]]
# Names and types of the columns of each table.
Columns = Mapping[Table, Mapping[str, str]]

# Stored beside dbt's own artifacts.
CACHE = "column_lineage.json"
DIALECT = "duckdb"
# sqlglot warns of every unnested struct, with its SQL, in the middle of a refresh.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def of_accepted(feed: Feed, columns: Sequence[str]) -> Lineage:
    """Return the delivered columns that each accepted column of a feed comes from.

    A delivered column keeps its name; the person's key is a hash of what identifies them. Where a
    row came from (`record_id`, `submitter`, `delivery_sha256`, `row_number`) is in no delivered
    column.
    """
    landing = ("landing", feed.name)
    added = {"source_person_key": feed.person_key, "has_ssn": ("ssn",)}
    known = {*feed.dtypes, *feed.beside}
    sources = {name: (name,) if name in known else added.get(name, ()) for name in columns}
    return {name: [(landing, source) for source in of] for name, of in sources.items()}


def columns_of(database: Path) -> dict[Table, dict[str, str]]:
    """Return names and types of the columns of every table and view of a DuckDB file."""
    columns: dict[Table, dict[str, str]] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal order by schema_name, table_name, column_index"
        ).fetchall()
    for schema, table, column, data_type in rows:
        columns.setdefault((schema, table), {})[column] = data_type
    return columns


def of_models(manifest: Mapping[str, Any], columns: Columns, cache: Path) -> dict[Table, Lineage]:
    """Return for each model the columns that its columns come from.

    All models of the warehouse take some 2 s, so `cache` stores the result, and only SQL that
    changed is parsed again. A model that this build did not compile has its last result.

    Args:
        manifest: dbt's manifest, with the SQL of the models that a build compiled.
        columns: Of every table and view of the build, as `columns_of` gives them.
        cache: File of earlier results; it may be missing or damaged.
    """
    cached = _read_cache(cache)
    sources = {
        node["relation_name"]: _key(node)
        for node in manifest["sources"].values()
        if node["relation_name"]
    }
    lineages: dict[Table, Lineage] = {}
    stored = {}
    schema, parser = schema_of(columns), version("sqlglot")
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model":
            continue
        key, sql = _key(node), node.get("compiled_code")
        names = list(columns.get(key, ()))
        fingerprint, result = cached.get(unique_id, (None, None))
        if sql and fingerprint != (now := _fingerprint([sql, names, parser])):
            fingerprint, result = now, of_query(sql, names, sources, schema)
        if result is None:
            continue
        stored[unique_id] = (fingerprint, result)
        lineages[key] = {
            name: [(tuple(table), column) for table, column in of] for name, of in result.items()
        }
    with replacing(cache) as partial:
        partial.write_text(json.dumps(stored))
    return lineages


def _read_cache(cache: Path) -> dict[str, Any]:
    try:
        return json.loads(cache.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _fingerprint(of: list[Any]) -> str:
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()


def descriptions(
    lineages: Mapping[Table, Lineage], described: Mapping[Table, Mapping[str, str]]
) -> dict[Table, dict[str, str]]:
    """Return a description of each column: its own, or of the column that it passes on unchanged.

    A column is unchanged if it comes from one column, which has the same name.

    Args:
        lineages: As `of_models` gives them.
        described: Descriptions that columns have of their own.
    """

    def of(table: Table, name: str) -> str:
        own = described.get(table, {}).get(name, "")
        sources = lineages.get(table, {}).get(name, [])
        if own or len(sources) != 1 or sources[0][1] != name or sources[0][0] == table:
            return own
        return of(*sources[0])

    return {table: {name: of(table, name) for name in names} for table, names in lineages.items()}


def origins(lineages: Mapping[Table, Lineage], column: Column) -> list[Column]:
    """Return the columns furthest upstream that a column comes from, in order.

    Args:
        lineages: Of every table in between.
        column: Where to start; a column of a table without lineage is its own origin.
    """
    origin: set[Column] = set()
    seen: set[Column] = set()
    waiting = [column]
    while waiting:
        table, name = one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if table in lineages:
            waiting += lineages[table].get(name, [])
        else:
            origin.add(one)
    return sorted(origin)


def in_words(columns: Sequence[Column]) -> str:
    """Return columns as `schema/table: column, column; schema/table: column`."""
    names: dict[Table, list[str]] = {}
    for table, name in columns:
        names.setdefault(table, []).append(name)
    return "; ".join(f"{'/'.join(table)}: {', '.join(of)}" for table, of in names.items())


def schema_of(columns: Columns) -> MappingSchema:
    """Return names and types of columns as sqlglot reads them; tables of two parts alone have any.

    One schema does for all queries: making it is most of what a column's lineage would take.
    """
    schemas: dict[str, Any] = {}
    for (schema, table), typed in ((key, typed) for key, typed in columns.items() if len(key) == 2):
        schemas.setdefault(schema, {})[table] = dict(typed)
    return MappingSchema(schemas, dialect=DIALECT)


def of_query(
    sql: str, names: Sequence[str], sources: Mapping[str, Table], schema: MappingSchema
) -> Lineage:
    """Return the columns that each result column of a query comes from.

    Args:
        sql: A compiled model. It names a source by the call that reads its files.
        names: Result columns.
        sources: Asset key of each source, by how SQL names it.
        schema: Of the tables it may read, as `schema_of` gives it.
    """
    for relation, key in sources.items():
        sql = sql.replace(relation, ".".join(f'"{part}"' for part in key))
    try:
        query = qualify(
            _without_catalog(parse_one(sql, dialect=DIALECT)),
            dialect=DIALECT,
            schema=schema,
            validate_qualify_columns=False,
            # The fields of an unnested struct are columns that no schema knows.
            allow_partial_qualification=True,
        )
    except SqlglotError:
        # What a new sqlglot can't read is shown without lineage; the build is as good as before.
        return {}
    _align_unions_by_name(query)
    scope = build_scope(query)
    return {name: _leaves(name, query, schema, scope) for name in names}


def _without_catalog(query: exp.Expr) -> exp.Expr:
    for table in query.find_all(exp.Table):
        table.set("catalog", None)
    return query


def _align_unions_by_name(query: exp.Expr) -> None:
    """Give both sides of each `union by name` the same columns, in the same order."""
    # From the innermost out: a union's left side may be one.
    for union in reversed([u for u in query.find_all(exp.SetOperation) if u.args.get("by_name")]):
        sides = [union.left, union.right]
        names = list(dict.fromkeys(name for side in sides for name in side.named_selects))
        for select in (s for side in sides for s in _selects(side)):
            mine = {column.alias_or_name: column for column in select.selects}
            select.set(
                "expressions", [mine.get(name, exp.alias_(exp.null(), name)) for name in names]
            )


def _selects(query: exp.Expr) -> list[exp.Select]:
    if isinstance(query, exp.SetOperation):
        return [select for side in (query.left, query.right) for select in _selects(side)]
    if isinstance(query, exp.Subquery):
        return _selects(query.this)
    return [query] if isinstance(query, exp.Select) else []


def _leaves(name: str, query: Any, schema: MappingSchema, scope: Any) -> list[Column]:
    try:
        root = lineage(
            name, query, schema, dialect=DIALECT, scope=scope, copy=False, trim_selects=False
        )
    except (ValueError, SqlglotError):
        return []
    leaves = {
        ((node.source.db, node.source.name), node.name.split(".")[-1].strip('"'))
        for node in root.walk()
        if not node.downstream and isinstance(node.source, exp.Table) and node.source.db
    }
    return sorted((table, column) for table, column in leaves if column != "*")


def _key(node: Mapping[str, Any]) -> Table:
    return node["schema"], node["name"]
