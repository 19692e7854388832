{{ config(materialized='table') }}

with record as (
    {% for feed in person_feeds() %}
    select
        '{{ feed }}' as feed,
        person_id,
        match_method,
        match_score,
        {{ 'quarter' if feed == 'wage' else 'academic_year' }} as period,
        {{ 'has_ssn' if feed in ['dual_enrollment', 'college_enrollment', 'credential'] else 'false' }} as has_ssn
    from {{ ref('stg_' ~ feed) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    feed,
    person_id,
    match_method,
    min(match_score) as least_match_score,
    count(*) as record_count,
    min(period) as first_period,
    max(period) as last_period,
    coalesce(bool_or(has_ssn), false) as has_ssn
from record
group by feed, person_id, match_method
