{{ config(materialized='table') }}

-- Under 'all', and under each sector.
select
    person_id,
    academic_year,
    case when grouping(sector_code) = 1 then 'all' else 'pathway_sector' end as lens_type,
    coalesce(sector_code, 'all') as lens_code,
    sum(courses_completed) >= 1 as is_participant,
    bool_or(is_completed_in_year and is_completer_300_hours) as is_completed_300_hours,
    bool_or(is_completed_in_year and is_completer_no_hours) as is_completed_no_hours
from {{ ref('int_k12__pathway_spell') }}
group by grouping sets ((person_id, academic_year), (person_id, academic_year, sector_code))
