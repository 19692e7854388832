{{ config(materialized='table') }}

with record as (
    {{ staged_records(person_feeds()) }}
)

select
    feed,
    person_id,
    match_method,
    min(match_score) as least_match_score,
    count(*) as record_count,
    min(coalesce(academic_year, quarter)) as first_period,
    max(coalesce(academic_year, quarter)) as last_period,
    -- Wages are looked up by the numbers that colleges report, or by those an identity bridge holds.
    coalesce(
        bool_or(is_bridged or has_ssn and feed in ('dual_enrollment', 'college_enrollment', 'credential')), false
    ) as has_ssn,
    coalesce(bool_or(is_bridged), false) as is_bridged
from record
group by feed, person_id, match_method
