{{ config(materialized='table') }}

with record as (
    {{ staged_records(person_feeds()) }}
),

-- Periods as numbers that go up by one: years by their start, quarters by their index.
delivered as (
    -- distinct: a delivery has many rows.
    select distinct
        feed,
        submitter,
        coalesce({{ academic_year_start('academic_year') }}, quarter_index) as period_number,
        quarter_index is not null as is_quarter
    from record
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
    -- distinct: wherever a submitter has reported anybody. Wages name no institution: their place is everywhere.
    select distinct
        feed,
        submitter,
        coalesce(school_id, institution_id) as place_id
    from record
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
