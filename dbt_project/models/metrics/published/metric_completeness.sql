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
        {{ academic_year_end_date('cohort.cohort_year') }} as cohort_end_date,
        make_date({{ academic_year_start('cohort.cohort_year') }} - metric.years_before, 7, 1) as from_date,
        cast({{ academic_year_end_date('cohort.cohort_year') }} + to_months(metric.months_after) as date) as to_date
    from cohort
    inner join {{ ref('int_feed__metric_window') }} as metric
        on
            cohort.metric_id = metric.metric_id
            and cohort.definition_version = metric.definition_version
),

-- Nobody has delivered a feed that far back, or that far on, or at all.
uncovered as (
    select
        needed.metric_id,
        needed.definition_version,
        needed.cohort_year,
        cast(null as varchar) as region_id,
        needed.feed,
        'every submitter' as submitter,
        case
            when feed.first_period is null then 'nothing of ' || needed.feed || ' is accepted'
            when needed.from_date < {{ period_start_date('feed.first_period') }}
                then needed.feed || ' begins with ' || feed.first_period
            else needed.feed || ' ends with ' || feed.last_period
        end as reason,
        case
            when
                feed.first_period is not null
                and needed.from_date >= {{ period_start_date('feed.first_period') }}
                then 'after ' || feed.last_period || ' to ' || needed.to_date
            else 'from ' || needed.from_date
        end as period
    from needed
    inner join {{ ref('int_feed__data_through') }} as feed
        on needed.feed = feed.feed
    where
        feed.first_period is null
        or needed.from_date < {{ period_start_date('feed.first_period') }}
        or needed.to_date > feed.last_period_end_date
),

place as (
    -- distinct: a region has many of a submitter's places.
    select distinct
        gap.feed,
        gap.submitter,
        gap.period,
        gap.period_start_date,
        gap.period_end_date,
        gap.is_after_last,
        region.region_id
    from {{ ref('int_feed__gap') }} as gap
    left join {{ ref('brg_place_region') }} as region
        on gap.place_id = region.place_id
),

-- A submitter has delivered before and after, not between. Of exits also the next year: who left it is not known to
-- have left.
interrupted as (
    select
        needed.metric_id,
        needed.definition_version,
        needed.cohort_year,
        place.region_id,
        needed.feed,
        place.submitter,
        needed.feed || ' of ' || place.period || ' is missing from ' || place.submitter as reason,
        place.period
    from needed
    inner join place
        on
            needed.feed = place.feed
            and needed.to_date >= place.period_start_date
            and needed.from_date <= place.period_end_date
            and (
                not place.is_after_last
                or (needed.is_exit and needed.cohort_end_date + 1 = place.period_start_date)
            )
),

missing as (
    select * from uncovered
    union all
    select * from interrupted
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
