{{ config(materialized='table') }}

-- Under 'all', and under the sector.
with by_dimension as (
    select
        *,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value
    from {{ ref('int_k12__pathway_spell') }}
)

-- Status to date never goes back, so the first year determines it for every later year.
select
    person_id,
    dimension,
    dimension_value,
    min(academic_year) filter (where is_concentrator) as first_concentrator_year,
    min(academic_year) filter (where is_completer_no_hours) as first_completer_no_hours_year
from by_dimension
group by person_id, dimension, dimension_value
