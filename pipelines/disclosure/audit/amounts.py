"""Amounts in a public folder that rest on too few people.

Lives here: amounts beside the published number of people who have one. Does not: bounds of counts.
"""

from pathlib import Path

import duckdb

SHOWN = """
    with value as (
        select *, metric_id || '@' || definition_version as metric
        from read_parquet($values)
    ),

    definition as (
        select *, metric_id || '@' || definition_version as metric
        from read_parquet($definitions)
    )

    select
        definition.cohort, value.cohort_year, value.attribution,
        value.metric, value.student_group, value.region_id, value.student_group_value,
        max(
            if(relation.whole = counted.numerator_id, people.numerator, people.denominator)
        ) as earners
    from value
    inner join definition on value.metric = definition.metric
    left join read_parquet($relations) as relation
        on value.metric = relation.part and relation.relation = 'earners'
    left join definition as counted
        on relation.whole in (counted.numerator_id, counted.denominator_id)
    left join value as people
        on
            counted.metric = people.metric
            and value.cohort_year = people.cohort_year
            and value.attribution = people.attribution
            and value.region_id = people.region_id
            and value.student_group = people.student_group
            and value.student_group_value = people.student_group_value
    where value.unit = 'usd' and value.value is not null
    group by all
    having earners is null or earners < $least
    order by all
"""


def unsupported_amounts(folder: Path, least: int) -> list[tuple]:
    """Return shown amounts of fewer people than allowed, or of an unknown number.

    Each is its cohort, year, attribution, metric, group, region, code and the people, or None.
    """
    files = {
        name: str(folder / "parquet" / f"metric_{table}.parquet")
        for name, table in (
            ("values", "value"),
            ("definitions", "definition"),
            ("relations", "relation"),
        )
    }
    with duckdb.connect() as connection:
        return connection.execute(SHOWN, files | {"least": least}).fetchall()
