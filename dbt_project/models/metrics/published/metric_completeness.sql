with value as (
    -- Everybody of a place and cohort is under `all`, whatever other cells they are in.
    select
        metric_id,
        definition_version,
        cohort_year,
        attribution,
        region_id,
        n_in_statistic as people
    from {{ ref('agg_counts') }}
    where dimension = 'all' and student_group = 'all'
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

-- distinct: a region may lack several things.
lacking as (
    select distinct
        metric_id,
        definition_version,
        cohort_year,
        region_id
    from missing
    where region_id is not null
),

-- What is missing everywhere, where region_id is null, and in each region of which something is missing beside.
missing_at as (
    select * from missing
    union all
    select missing.* replace (lacking.region_id as region_id)
    from missing
    inner join lacking
        on
            missing.metric_id = lacking.metric_id
            and missing.definition_version = lacking.definition_version
            and missing.cohort_year = lacking.cohort_year
    where missing.region_id is null
),

incomplete as (
    select
        metric_id,
        definition_version,
        cohort_year,
        region_id,
        string_agg(distinct reason, '; ' order by reason) as reason,
        string_agg(
            distinct submitter || ': ' || feed || ' ' || period,
            '; ' order by submitter || ': ' || feed || ' ' || period
        ) as awaited
    from missing_at
    group by metric_id, definition_version, cohort_year, region_id
),

incomplete_everywhere as (
    select * from incomplete
    where region_id is null
),

-- A value is complete when every feed that its metric reads covers its whole window, at this place too.
judged as (
    select
        value.*,
        coalesce(here.reason, everywhere.reason) as reason,
        coalesce(here.awaited, everywhere.awaited) as awaited
    from value
    left join incomplete as here
        on
            value.metric_id = here.metric_id
            and value.definition_version = here.definition_version
            and value.cohort_year = here.cohort_year
            and value.region_id = here.region_id
    left join incomplete_everywhere as everywhere
        on
            value.metric_id = everywhere.metric_id
            and value.definition_version = everywhere.definition_version
            and value.cohort_year = everywhere.cohort_year
),

largest as (
    select
        metric_id,
        definition_version,
        attribution,
        region_id,
        max(people) as people
    from judged
    where reason is null
    group by metric_id, definition_version, attribution, region_id
)

select
    judged.metric_id,
    judged.definition_version,
    judged.cohort_year,
    judged.attribution,
    judged.region_id,
    judged.reason is null as is_complete,
    -- The edges of the data have cohorts of a few people, who were late.
    judged.reason is null and judged.people > 0 and judged.people >= 0.5 * largest.people as is_whole,
    judged.reason,
    judged.awaited
from judged
left join largest
    on
        judged.metric_id = largest.metric_id
        and judged.definition_version = largest.definition_version
        and judged.attribution = largest.attribution
        and judged.region_id = largest.region_id
-- Like texts side by side take two thirds of the bytes.
order by judged.region_id
