"""Numbers of a public folder that are made of what it hides.

Lives here: each number of a table that is made of `metric_value`, beside the shown cells it has to
be made of. Does not: bounds of hidden cells (`bounds`).
"""

from pathlib import Path

import duckdb

SHOWN = """
    create view shown as
    select * from '{folder}/parquet/metric_value.parquet'
    where unit = 'rate' and numerator is not null and denominator is not null
"""
STAGE = "metric_id, cohort_year, region_id, student_group, student_group_value"
AT = f"{STAGE}, definition_version, attribution"
# Of each table: its cell, and whether it has a number that no shown cell has.
TABLES = {
    "metric_value": """
        unit = 'rate' and numerator is null
        and coalesce(value, value_low, value_high) is not null
    """,
    "funnel": f"""
        coalesce(n_reached, pass_rate) is not null
        and ({STAGE}, n_eligible, n_reached, pass_rate)
        not in (select ({STAGE}, denominator, numerator, value) from shown)
        or n_eligible is not null and n_reached is null and ({STAGE}, n_eligible)
        not in (
            select ({STAGE}, denominator) from '{{folder}}/parquet/metric_value.parquet'
            where denominator is not null
        )
    """,
    "metric_equity": f"""
        ({AT}, value) not in (select ({AT}, value) from shown)
        or ({AT.replace("student_group_value", "reference_value")}, round(value - gap, 9))
        not in (select ({AT}, round(value, 9)) from shown)
    """,
    "leadership_region": """
        value is not null
        and (metric_id, definition_version, cohort_year, attribution, region_id, value)
        not in (
            select (metric_id, definition_version, cohort_year, attribution, region_id, value)
            from shown where student_group = 'all'
        )
        or value_before is not null
        and (metric_id, definition_version, attribution, region_id, value_before)
        not in (
            select (metric_id, definition_version, attribution, region_id, value)
            from shown where student_group = 'all'
        )
    """,
    "leadership_state": """
        value is not null
        and (metric_id, definition_version, cohort_year, attribution, value)
        not in (
            select (metric_id, definition_version, cohort_year, attribution, value)
            from shown where student_group = 'all'
        )
    """,
}
CELL = ("attribution", "student_group", "region_id", "student_group_value")


def underived(folder: Path) -> list[tuple[str, ...]]:
    """Return the rows of public tables with a number that no shown cell has.

    Each is its table, metric, cohort year, attribution, group, region and code, as far as it has
    them.
    """
    findings = list[tuple[str, ...]]()
    with duckdb.connect() as connection:
        connection.execute(SHOWN.format(folder=folder))
        for table, condition in TABLES.items():
            path = folder / "parquet" / f"{table}.parquet"
            if not path.exists():
                continue
            columns = {
                name for name, *_ in connection.execute(f"describe from '{path}'").fetchall()
            }
            cell = ", ".join(name if name in columns else "''" for name in CELL)
            version = "'@' || definition_version" if "definition_version" in columns else "''"
            rows = connection.execute(
                f"select metric_id || {version}, cohort_year, {cell} "
                f"from '{path}' where {condition.format(folder=folder)} order by all"
            )
            findings += [(table, *row) for row in rows.fetchall()]
    return findings
