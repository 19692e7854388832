"""Metric values that releases are compared by and pages show: stored beside a build and a release.

Lives here: writing them beside a build, and reading them there or beside a release. Does not: the
table (`compared_value` of the dbt project), any comparison.
"""

from pathlib import Path

import duckdb
import polars as pl

from pipelines.checks.base import read
from pipelines.home.files import literal, replacing
from pipelines.settings import VALUES, Settings

SCHEMA = pl.Schema(
    {
        **dict.fromkeys(
            ("metric_id", "definition_version", "region_id", "student_group", "student_group_value",
             "region_scheme", "attribution", "cohort_year", "unit"), pl.String
        ),
        "denominator": pl.Int64,
        "value": pl.Float64,
        "is_complete": pl.Boolean,
        "reason": pl.String,
        "awaited": pl.String,
    }
)  # fmt: skip
# As `compared_value`, of releases of version 0.1, which have no file beside them.
_COMPUTED = """(
    select
        value.*,
        completeness.* exclude (
            metric_id, definition_version, cohort_year, attribution, region_id, is_complete
        ),
        region_scheme not in (select scheme from reference.region_scheme where is_narrow)
            as is_compared
    from metrics.metric_value as value
    inner join metrics.metric_completeness as completeness
        using (metric_id, definition_version, cohort_year, attribution, region_id)
    where dimension = 'all' and (student_group = 'all' or region_scheme = 'statewide')
)"""


def write_values(settings: Settings) -> None:
    """Write the values of a build beside it."""
    with (
        replacing(settings.values) as partial,
        duckdb.connect(str(settings.unreleased), read_only=True) as connection,
    ):
        connection.execute(f"copy compared.compared_value to {literal(partial)} (format parquet)")


def relation(database: Path) -> str:
    """Return what DuckDB reads the values of a build or release from, with its file open."""
    stored = database.with_name(VALUES)
    return f"read_parquet({literal(stored)})" if stored.exists() else _COMPUTED


def values(database: Path) -> pl.DataFrame:
    """Return values of all students in every wide region, and of every group statewide.

    Raises:
        duckdb.Error: There are none beside the file of a build or release, and it lacks a table.
    """
    stored = database.with_name(VALUES)
    if stored.exists():
        return pl.read_parquet(stored).filter("is_compared").select(SCHEMA.names())
    return read(database, f"select {', '.join(SCHEMA)} from {_COMPUTED} where is_compared", SCHEMA)
