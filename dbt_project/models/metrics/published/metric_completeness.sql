with value as (
    -- One row per place and cohort of a definition, from the cells that exist.
    select
        metric_id,
        definition_version,
        cohort_year,
        attribution,
        region_id,
        max(n_in_statistic) filter (where dimension = 'all' and student_group = 'all') as people
    from {{ ref('agg_counts') }}
    group by metric_id, definition_version, cohort_year, attribution, region_id
),

cohort as (
    -- distinct: what a feed must cover hangs on the cohort alone.
    select distinct
        metric_id,
        definition_version,
        cohort_year
    from value
),

needed as (
    select
        cohort.metric_id,
        cohort.definition_version,
        cohort.cohort_year,
        metric.feed,
        metric.is_exit,
        {{ covered_dates('cohort.cohort_year', 'metric.years_before', 'metric.months_after') }}
    from cohort
    inner join {{ ref('int_feed__metric_window') }} as metric
        on
            cohort.metric_id = metric.metric_id
            and cohort.definition_version = metric.definition_version
),

missing as (
    {{ missing_periods('needed', ['metric_id', 'definition_version', 'cohort_year']) }}
),

incomplete as (
    select
        value.metric_id,
        value.definition_version,
        value.cohort_year,
        value.attribution,
        value.region_id,
        string_agg(distinct missing.reason, '; ' order by missing.reason) as reason,
        string_agg(
            distinct missing.submitter || ': ' || missing.feed || ' ' || missing.period,
            '; ' order by missing.submitter || ': ' || missing.feed || ' ' || missing.period
        ) as awaited
    from value
    inner join missing
        on
            value.metric_id = missing.metric_id
            and value.definition_version = missing.definition_version
            and value.cohort_year = missing.cohort_year
            and value.region_id = coalesce(missing.region_id, value.region_id)
    group by value.metric_id, value.definition_version, value.cohort_year, value.attribution, value.region_id
),

-- A value is complete when every feed that its metric reads covers its whole window, at this place too.
judged as (
    select
        value.*,
        incomplete.reason is null as is_complete,
        incomplete.reason,
        incomplete.awaited
    from value
    left join incomplete
        on
            value.metric_id = incomplete.metric_id
            and value.definition_version = incomplete.definition_version
            and value.cohort_year = incomplete.cohort_year
            and value.attribution = incomplete.attribution
            and value.region_id = incomplete.region_id
)

select
    metric_id,
    definition_version,
    cohort_year,
    attribution,
    region_id,
    is_complete,
    -- The edges of the data have cohorts of a few people, who were late.
    is_complete and people > 0 and people >= 0.5 * max(people) filter (where is_complete) over (
        partition by metric_id, definition_version, attribution, region_id
    ) as is_whole,
    reason,
    awaited
from judged
