{{ config(materialized='table') }}

-- Under 'all', and under the sector.
with by_dimension as (
    select
        *,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value
    from {{ ref('int_k12__pathway_spell') }}
)

select
    person_id,
    academic_year,
    dimension,
    dimension_value,
    sum(courses_completed) >= 1 as is_participant,
    bool_or(is_completed_in_year and is_completer_300_hours) as is_completed_300_hours,
    bool_or(is_completed_in_year and is_completer_no_hours) as is_completed_no_hours
from by_dimension
group by person_id, academic_year, dimension, dimension_value
