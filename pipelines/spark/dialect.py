"""DuckDB's SQL in Spark's words.

Models are written once, for DuckDB. sqlglot translates what has a word in both; the modules beside
write out what has none, and what both run with another result (docs/scale.md has the list).
"""

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB

from pipelines.spark.columns import Catalog, Names
from pipelines.spark.functions import lists, number_keys, spark_function
from pipelines.spark.unnest import as_lateral_view


class _Source(DuckDB):
    # Places in a list stay as they are written: from one.
    INDEX_OFFSET = 0


def spark_sql(sql: str, catalog: Catalog) -> str:
    """Return a query of DuckDB as Spark runs it.

    Args:
        sql: One query; names of tables have a schema and no catalog.
        catalog: Returns the columns of a table.
    """
    query = parse_one(sql, read=_Source)
    Names(catalog).write_out(query)
    for common in query.find_all(exp.CTE):
        common.set("materialized", None)
    for join in query.find_all(exp.Join):
        if join.args.get("method") == "ASOF":
            # Of all that match: the queries that use it take the nearest themselves.
            join.set("method", None)
            join.set("side", None)
    lists(query)
    holder = exp.Paren(this=query)
    for node in reversed(list(query.walk())):
        if (other := spark_function(node)) is not node:
            node.replace(other)
    number_keys(holder)
    for rule in (_as_where, as_lateral_view):
        for node in reversed(list(holder.find_all(exp.Select))):
            if (other := rule(node)) is not node:
                node.replace(other)
    return holder.this.sql("spark")


def _as_where(select: exp.Select) -> exp.Expr:
    """Return a select without `qualify` and `having`, which Sail lacks or reads by aliases."""
    conditions = [
        part.this for clause in ("having", "qualify") if (part := select.args.get(clause))
    ]
    if not conditions:
        return select
    outer = exp.select(*(one.alias_or_name for one in select.expressions), copy=False)
    for clause in ("with_", "order", "distinct"):
        outer.set(clause, select.args.get(clause))
    for clause in ("with_", "order", "distinct", "having", "qualify"):
        select.set(clause, None)
    for number, condition in enumerate(conditions):
        select.append("expressions", exp.alias_(exp.paren(condition), f"is_wanted_{number}"))
        outer.where(exp.column(f"is_wanted_{number}"), copy=False)
    return outer.from_(select.subquery("chosen"), copy=False)
