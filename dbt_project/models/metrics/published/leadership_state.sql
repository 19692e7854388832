with region as (
    select
        metric_id,
        definition_version,
        count(*) as regions,
        count(*) filter (where trend = 'up') as regions_up,
        count(*) filter (where trend = 'down') as regions_down,
        -- Of equal regions the first by id: a release must not depend on the order of rows. None that is not compared
        -- with the state for the people it is about.
        first(region_id order by value desc, region_id asc) filter (where state_value is not null) as highest_region_id,
        max(value) filter (where state_value is not null) as highest_value,
        first(region_id order by value asc, region_id asc) filter (where state_value is not null) as lowest_region_id,
        min(value) filter (where state_value is not null) as lowest_value
    from {{ ref('leadership_region') }}
    -- A region of a few people is high or low by chance.
    where region_scheme = 'macroregion' and denominator >= 11
    group by metric_id, definition_version
)

select
    state.position,
    state.metric_id,
    state.definition_version,
    state.metric_name,
    state.unit,
    state.cohort_year,
    state.numerator,
    state.denominator,
    state.value,
    state.value_low,
    state.value_high,
    state.earlier_cohort_year,
    state.change,
    state.trend,
    state.gap_student_group,
    state.gap_student_group_value,
    state.gap_points,
    coalesce(region.regions, 0) as regions,
    coalesce(region.regions_up, 0) as regions_up,
    coalesce(region.regions_down, 0) as regions_down,
    region.highest_region_id,
    region.highest_value,
    region.lowest_region_id,
    region.lowest_value,
    state.quality_grade,
    state.quality_reasons,
    state.agencies,
    state.link_rate,
    state.matchable_share
from {{ ref('leadership_region') }} as state
left join region
    on
        state.metric_id = region.metric_id
        and state.definition_version = region.definition_version
where state.region_scheme = 'statewide'
