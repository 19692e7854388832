"""A public release as the site reads it, and nothing else: no page of it can read the warehouse.

Lives here: its tables under the names that pages read; what it does not have is empty. Does not:
what may be published (`pipelines.disclosure`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.home.files import literal
from pipelines.settings import DBT_PROJECT
from pipelines.site.source import Source

_VIEWS = """
    create schema metrics;
    create schema marts;
    create schema collaboration;
    create view metrics.metric_value as
    select
        published.*,
        cast(null as bigint) as n_cohort,
        cast(null as bigint) as n_matchable,
        cast(null as bigint) as n_matched,
        cast(null as bigint) as n_in_statistic
    from public.main.metric_value as published;
    create view metrics.metric_definition as
    select
        *,
        'metrics.metric_value' as computed_in,
        'quality' as family,
        'rate' as statistic,
        'rate' as unit,
        null as time_rule,
        null as exclusions
    from public.main.metric_definition;
    create view metrics.metric_equity as
    select
        * exclude (value, value_low, value_high),
        denominator as group_n,
        'ppg1_2022' as equity_method
    from metrics.metric_value
    where student_group <> 'all' and denominator is not null;
    -- Shown groups beside the shown group with the highest rate.
    create view metrics.published_gap as
    select
        gap.*,
        published.denominator as group_n
    from public.main.metric_equity as gap
    inner join metrics.metric_value as published
        using (
            metric_id, definition_version, cohort_year, attribution, region_id, student_group,
            student_group_value
        )
    where published.dimension = 'all';
    -- The last cohort of each measure that has its words in the catalog of strings.
    create view metrics.leadership_state as
    select
        listed.position,
        definition.metric_name,
        published.*,
        cast(null as varchar) as gap_student_group,
        cast(null as varchar) as gap_student_group_value,
        cast(null as double) as gap_points
    from metrics.metric_value as published
    inner join listed using (metric_id, definition_version)
    inner join public.main.metric_definition as definition using (metric_id, definition_version)
    where
        published.region_scheme = 'statewide'
        and published.dimension = 'all'
        and published.student_group = 'all'
        and published.value is not null
    qualify published.cohort_year = max(published.cohort_year) over (
        partition by published.metric_id, published.definition_version
    );
    create view metrics.leadership_region as
    select
        region_scheme,
        region_id,
        position,
        metric_id,
        definition_version,
        gap_student_group,
        gap_student_group_value,
        gap_points
    from metrics.leadership_state
    where false;
    create view marts.dim_student_group as
    select distinct
        student_group,
        student_group_value,
        student_group_value as group_name
    from metrics.metric_value;
    -- Where a district's schools or a college lie, in the last vintage.
    create view marts.dim_institution as
    with latest as (
        select place_id, region_scheme, region_id
        from public.main.place_region
        qualify vintage = max(vintage) over (partition by place_id)
    )

    select
        split_part(shown.region_id, ':', 2) as institution_id,
        shown.region_name as institution_name,
        case shown.region_scheme when 'district' then 'DISTRICT' else 'COMMUNITY_COLLEGE' end
            as institution_type_code,
        min(region.region_name) filter (where region.region_scheme = 'county') as county_name,
        min(region.region_name) filter (where region.region_scheme = 'macroregion') as macroregion
    from (
        select distinct region_scheme, region_id, region_name
        from metrics.metric_value
        where region_scheme in ('district', 'institution')
    ) as shown
    left join latest as place on shown.region_id = place.region_id
    left join latest as around on place.place_id = around.place_id
    left join public.main.region as region on around.region_id = region.region_id
    group by all;
    -- A cohort is published only when it is complete.
    create table site_value as
    select
        *,
        true as is_complete,
        true as is_whole
    from metrics.metric_value
    where dimension = 'all' and student_group = 'all';
"""
# What names an initiative is public, and no table of the release.
_INITIATIVES = DBT_PROJECT / "seeds" / "initiative.csv"
# Wilson's interval, as of all rates, from the two counts that are shown.
_FUNNEL = """
    *,
    'all' as dimension,
    1.959963984540054 as z,
    (pass_rate + z * z / 2 / n_eligible) / (1 + z * z / n_eligible) as middle,
    sqrt(pass_rate * (1 - pass_rate) / n_eligible + z * z / 4 / n_eligible / n_eligible)
        * z / (1 + z * z / n_eligible) as half,
    middle - half as pass_rate_low,
    middle + half as pass_rate_high
"""
# What is read of tables that a public release of an earlier version does not have.
_LATER = {
    "collaboration.regional_statement": "*, true as is_shown",
    "collaboration.regional_answer": "*, true as is_shown",
    "collaboration.initiative_year": "*",
    "collaboration.initiative_people": "*",
    "collaboration.initiative_overlap": "*",
    "metrics.funnel": _FUNNEL,
}


@contextmanager
def opened_public(
    folder: Path, release_id: str, day: str, listed: Sequence[str]
) -> Iterator[Source]:
    """Open a public release.

    Args:
        folder: Of the public release.
        release_id: The release it is of.
        day: The release's day.
        listed: Measures of the story and the briefs in their order, as `metric_id.version`.
    """
    rows = [(place, *name.split(".")) for place, name in enumerate(listed, 1)]
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {literal(folder / 'public.duckdb')} as public (read_only)")
        connection.execute(
            "create table listed (position int, metric_id text, definition_version text)"
        )
        connection.executemany("insert into listed values (?, ?, ?)", rows)
        connection.execute(_VIEWS)
        connection.execute(
            f"create view marts.dim_initiative as from read_csv({literal(_INITIATIVES)})"
        )
        source = Source(connection, release_id, day, True, {})
        for view, columns in _LATER.items():
            name = view.partition(".")[2]
            if source.has(name):
                connection.execute(
                    f"create view {view} as select {columns} from public.main.{name}"
                )
        yield source
