{{ config(materialized='table') }}

-- A report from outside on colleges says nothing of what they have not delivered.
with own as (
    select * from {{ ref('int_feed__delivered') }}
    where feed not in ('college_enrollment', 'credential') or submitter = place_id
),

delivered as (
    -- distinct: a submitter has many places.
    select distinct
        feed,
        submitter,
        period_number,
        is_quarter
    from own
),

span as (
    select
        feed,
        submitter,
        is_quarter,
        min(period_number) as first_number,
        max(period_number) as last_number,
        max(max(period_number)) over (partition by feed) as feed_last_number
    from delivered
    group by feed, submitter, is_quarter
),

expected as (
    select
        *,
        unnest(generate_series(first_number, least(last_number + 1, feed_last_number))) as period_number
    from span
),

missing as (
    select
        expected.feed,
        expected.submitter,
        expected.period_number > expected.last_number as is_after_last,
        case
            when expected.is_quarter then {{ quarter_label('expected.period_number') }}
            else {{ academic_year_label('expected.period_number') }}
        end as period
    from expected
    left join delivered
        on
            expected.feed = delivered.feed
            and expected.submitter = delivered.submitter
            and expected.period_number = delivered.period_number
    where delivered.feed is null
),

place as (
    -- distinct: wherever a submitter has reported anybody, in any period.
    select distinct
        feed,
        submitter,
        place_id
    from own
)

select
    missing.feed,
    missing.submitter,
    missing.period,
    {{ period_start_date('missing.period') }} as period_start_date,
    {{ period_end_date('missing.period') }} as period_end_date,
    missing.is_after_last,
    place.place_id
from missing
inner join place
    on
        missing.feed = place.feed
        and missing.submitter = place.submitter
