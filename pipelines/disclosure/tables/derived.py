"""Public tables that are made of what is shown, and those that count no people.

Lives here: gaps and leadership from shown cells; organizations, jobs and money as the warehouse has
them. Does not: any cell that was not shown before.
"""

import duckdb
import polars as pl

from pipelines.disclosure.manifest import ALL, STATE, PublicManifest

# Gaps have Newcombe's interval for the difference of two rates (1998, method 10).
QUERIES = {
    "metric_equity": """
        with shown as (
            select *, lead.is_favorable as more_is_better
            from metric_value
            inner join favorable as lead using (metric_id, definition_version)
            where value is not null and unit = 'rate' and student_group <> $all
        ),

        reference as (
            select
                *,
                first_value(struct_pack(value, value_low, value_high, student_group_value)) over (
                    partition by
                        metric_id, definition_version, cohort_year, attribution, region_id,
                        student_group
                    order by if(more_is_better, -value, value), student_group_value
                ) as best
            from shown
        )

        select
            * exclude (value_low, value_high),
            best.student_group_value as reference_value,
            value - best.value as gap,
            gap - sqrt((value - value_low) ** 2 + (best.value_high - best.value) ** 2) as gap_low,
            gap + sqrt((value_high - value) ** 2 + (best.value - best.value_low) ** 2) as gap_high
        from reference
        where student_group_value <> best.student_group_value
    """,
    "leadership_region": """
        with totals as (
            select *, lag(value) over years as value_before, lead(cohort_year) over years as later
            from metric_value
            where unit = 'rate' and student_group = $all and dimension = $all
            window years as (
                partition by metric_id, definition_version, attribution, region_id
                order by cohort_year
            )
        ),

        last as (
            select metric_id, definition_version, attribution, max(cohort_year) as cohort_year
            from totals group by all
        ),

        state as (
            select metric_id, definition_version, attribution, cohort_year, value as state_value
            from totals where region_id = $state
        ),

        behind as (
            select
                metric_id, definition_version, attribution, cohort_year, region_id,
                arg_max(student_group || ': ' || student_group_value, abs(gap)) as behind,
                max_by(gap, abs(gap)) as gap
            from metric_equity where gap_low > 0 or gap_high < 0
            group by all
        )

        select
            totals.*,
            state_value,
            behind as group_furthest_behind,
            gap,
            if(
                value is null, null,
                rank() over (
                    partition by
                        metric_id, definition_version, attribution, region_scheme, value is null
                    order by value desc
                )
            ) as rank,
            count(value) over (
                partition by metric_id, definition_version, attribution, region_scheme
            ) as regions_shown
        from totals
        inner join last using (metric_id, definition_version, attribution, cohort_year)
        left join state using (metric_id, definition_version, attribution, cohort_year)
        left join behind
            using (metric_id, definition_version, attribution, cohort_year, region_id)
    """,
    "leadership_state": """
        with macroregion as (
            select
                metric_id, definition_version, attribution,
                count(value) as regions_shown,
                count(*) filter (where value > state_value) as regions_above,
                arg_max(region_id, (value, region_id)) filter (where value is not null)
                    as highest_region_id,
                max(value) as highest_value,
                arg_min(region_id, (value, region_id)) filter (where value is not null)
                    as lowest_region_id,
                min(value) as lowest_value
            from leadership_region
            where region_scheme = 'macroregion'
            group by all
        )

        select state.* exclude (regions_shown), macroregion.* exclude (
            metric_id, definition_version, attribution, regions_shown
        ), coalesce(macroregion.regions_shown, 0) as regions_shown
        from leadership_region as state
        left join macroregion using (metric_id, definition_version, attribution)
        where state.region_id = $state
    """,
    "funnel": """
        select
            *,
            denominator as n_eligible,
            numerator as n_reached,
            value as pass_rate,
            value_at_least as pass_rate_at_least,
            value_at_most as pass_rate_at_most
        from metric_value
        inner join stage using (metric_id, definition_version)
    """,
}
STAGE = """
    select distinct metric_id, definition_version, stage_number from metrics.funnel
"""
FAVORABLE = """
    select metric_id, definition_version, is_favorable from metrics.metric_definition
"""


def derived(
    connection: duckdb.DuckDBPyConnection, values: pl.DataFrame, manifest: PublicManifest
) -> dict[str, pl.DataFrame]:
    """Return the tables that follow from shown cells, and those that count no people.

    Args:
        connection: On the warehouse of a release.
        values: All rows of the public `metric_value`.
        manifest: Names columns and sources.
    """
    rows = {
        name: connection.execute(
            f"select {', '.join(table.columns)} from {table.source} where {table.where}"
        ).pl()
        for name, table in manifest.tables.items()
        if table.source
    }
    used = {"favorable": FAVORABLE} | ({"stage": STAGE} if "funnel" in manifest.tables else {})
    known = {name: connection.execute(sql).pl() for name, sql in used.items()}
    with duckdb.connect() as alone:
        for name, of in {"metric_value": values, **known}.items():
            alone.register(name, of.to_arrow())
        for name, sql in QUERIES.items():
            if name not in manifest.tables:
                continue
            used = {key: of for key, of in {"all": ALL, "state": STATE}.items() if f"${key}" in sql}
            rows[name] = alone.execute(sql, used).pl()
            alone.register(name, rows[name].to_arrow())
    return rows
