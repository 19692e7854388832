{{ config(materialized='table') }}

with record as (
    {{ staged_records(linked_from_feeds()) }}
)

select
    feed,
    person_id,
    coalesce(school_id, institution_id) as institution_id
from record
qualify
    row_number() over (
        partition by feed, person_id
        order by
            academic_year desc,
            -- The day that orders records of a year; feeds without one are ordered by year alone.
            coalesce(enrollment_entry_date, term_start_date, award_date, participation_start_date) desc,
            coalesce(school_id, institution_id) desc
    ) = 1
