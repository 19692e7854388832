{{ config(materialized='table') }}

with period as (
    select
        feed,
        first_period,
        last_period
    from {{ ref('int_person__feed') }}
    union all
    select
        'institution' as feed,
        academic_year as first_period,
        academic_year as last_period
    from {{ ref('stg_institution') }}
    union all
    -- Feeds without a record are listed too.
    select
        unnest([
            {% for feed in person_feeds() %}
                '{{ feed }}',
            {% endfor %}
            'institution'
        ]) as feed,
        null as first_period,
        null as last_period
)

select
    feed,
    min(first_period) as first_period,
    max(last_period) as last_period,
    {{ period_end_date('max(last_period)') }} as last_period_end_date
from period
group by feed
