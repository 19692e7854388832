-- Medians have no PPG-1. The bootstrap says how far the difference of two medians could be by chance: the
-- median of a resample of n is the amount at a place that a beta variable names (Efron 1979), so an arm's resampled
-- medians are read off its sorted list, without resampling it.
with member as (
    select
        member.metric_id,
        member.definition_version,
        member.cohort_year,
        member.attribution,
        place.region_scheme,
        place.region_id,
        grp.student_group,
        grp.student_group_value,
        member.amount
    from {{ ref('metric_member') }} as member
    inner join {{ ref('metric_definition') }} as definition
        on
            member.metric_id = definition.metric_id
            and member.definition_version = definition.definition_version
            and definition.statistic = 'median'
            and definition.unit = 'usd'
    inner join {{ ref('brg_place_region') }} as place
        on
            member.place_id = place.place_id
            and place.region_scheme in ('statewide', 'macroregion')
    inner join {{ ref('brg_person_group') }} as grp
        on member.person_id = grp.person_id
    where member.dimension = 'all' and member.is_in_statistic and grp.student_group <> 'all'
),

arm as (
    select
        metric_id,
        definition_version,
        cohort_year,
        attribution,
        region_scheme,
        region_id,
        student_group,
        student_group_value,
        list(amount) as amounts
    from member
    group by
        metric_id,
        definition_version,
        cohort_year,
        attribution,
        region_scheme,
        region_id,
        student_group,
        student_group_value
),

pair as (
    select
        own.metric_id,
        own.definition_version,
        own.cohort_year,
        own.attribution,
        own.region_scheme,
        own.region_id,
        own.student_group,
        own.student_group_value,
        list_sort(own.amounts) as amounts,
        list_sort(flatten(list(others.amounts))) as others_amounts
    from arm as own
    inner join arm as others
        on
            own.metric_id = others.metric_id
            and own.definition_version = others.definition_version
            and own.cohort_year = others.cohort_year
            and own.attribution = others.attribution
            and own.region_id = others.region_id
            and own.student_group = others.student_group
            and own.student_group_value <> others.student_group_value
    where len(own.amounts) >= {{ var('earnings_gap_least_people') }}
    group by all
),

resampled as (
    select
        pair.*,
        {{ quantile_value('pair.amounts', 0.5) }} as median_usd,
        {{ quantile_value('pair.others_amounts', 0.5) }} as others_median_usd,
        list_sort(list_transform(
            normal.draws,
            lambda draw:
            {{ resampled_median('pair.amounts', 'draw.own_1', 'draw.own_2') }}
            - {{ resampled_median('pair.others_amounts', 'draw.others_1', 'draw.others_2') }}
        )) as gaps
    from pair
    cross join {{ ref('int_statistics__normal_draw') }} as normal
    where len(pair.others_amounts) >= {{ var('earnings_gap_least_people') }}
)

select
    metric_id,
    definition_version,
    cohort_year,
    attribution,
    region_scheme,
    region_id,
    student_group,
    student_group_value,
    median_usd,
    len(amounts) as group_n,
    others_median_usd,
    len(others_amounts) as others_n,
    median_usd - others_median_usd as gap_usd,
    {{ quantile_value('gaps', 0.025) }} as gap_low_usd,
    {{ quantile_value('gaps', 0.975) }} as gap_high_usd,
    (median_usd - others_median_usd) / nullif(others_median_usd, 0) as gap_share
from resampled
