"""Metric values that releases are compared by, read once for all who compare them.

Lives here: the query, which takes 1.5 s of a processor of each file. Does not: any comparison.
"""

from pathlib import Path

import polars as pl

from pipelines.checks.base import read

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
_QUERY = f"""
    select {", ".join(SCHEMA)}
    from (
        select value.*, completeness.reason, completeness.awaited
        from metrics.metric_value as value
        inner join metrics.metric_completeness as completeness
            using (metric_id, definition_version, cohort_year, attribution, region_id)
    )
    where dimension = 'all' and (student_group = 'all' or region_scheme = 'statewide')
        and region_scheme not in (select scheme from reference.region_scheme where is_narrow)
"""


def values(database: Path) -> pl.DataFrame:
    """Return values of all students in every wide region, and of every group statewide.

    Raises:
        duckdb.Error: The file lacks a table or a column.
    """
    return read(database, _QUERY, SCHEMA)
