"""How many rows each table of a build or release has, and whether they are the same rows.

Lives here: counting and hashing. Does not: showing counts (`pipelines.defs`), the manifest that
lists them (`pipelines.release.publish`).
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

# Rows are counted without the views' joins, which keep every row: a tenth of the time. A comparison
# is judged by two methods, and by two more whose denominator has to be somebody.
COUNTED_VIEWS = {
    "metric_value": "select count(*) from aggregates.agg_counts",
    "metric_equity": "select count(*) * 2 + count(*) filter (everybody_successes > 0) "
    "+ count(*) filter (best_successes > 0) from aggregates.agg_comparisons",
}


def count_rows(
    database: Path, only: Collection[tuple[str, ...]] | None = None
) -> dict[tuple[str, str], int]:
    """Return the rows of tables and of COUNTED_VIEWS of a DuckDB file; of all where None."""
    with duckdb.connect(str(database), read_only=True) as connection:
        relations = connection.execute(
            """
            select
                schema_name,
                table_name,
                'select count(*) from ' || schema_name || '."' || table_name || '"'
            from duckdb_tables()
            union all
            select schema_name, view_name, (map(?, ?))[view_name]
            from duckdb_views()
            where schema_name = 'metrics' and list_contains(?, view_name)
            order by all
            """,
            [list(COUNTED_VIEWS), list(COUNTED_VIEWS.values()), list(COUNTED_VIEWS)],
        ).fetchall()
        return {
            (schema, name): connection.execute(count).fetchall()[0][0]
            for schema, name, count in relations
            if only is None or (schema, name) in only
        }


def hash_rows(database: Path) -> dict[str, tuple[int, int]]:
    """Return the number and the sum of hashes of the rows of every table, in whatever order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        hashed = "select count(*), coalesce(sum(hash(t)::hugeint), 0) from {} as t"
        return {name: connection.execute(hashed.format(name)).fetchall()[0] for (name,) in tables}
