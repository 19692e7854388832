{{ config(materialized='table') }}

with institution as (
    select
        min(academic_year) as first_period,
        max(academic_year) as last_period
    from {{ ref('stg_institution') }}
)

{% for feed in person_feeds() %}
select
    '{{ feed }}' as feed,
    min(first_period) as first_period,
    max(last_period) as last_period,
    {{ period_end_date(feed, 'max(last_period)') }} as last_period_end_date
from {{ ref('int_person__feed') }}
where feed = '{{ feed }}'
union all
{% endfor %}
select
    'institution' as feed,
    institution.first_period,
    institution.last_period,
    {{ period_end_date('institution', 'institution.last_period') }} as last_period_end_date
from institution
