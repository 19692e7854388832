{{ config(materialized='table') }}

-- Under 'all', and under the sector.
with lensed as (
    select
        *,
        unnest(['all', 'pathway_sector']) as lens_type,
        unnest(['all', sector_code]) as lens_code
    from {{ ref('int_k12__pathway_spell') }}
)

-- Status to date never goes back, so the first year determines it for every later year.
select
    person_id,
    lens_type,
    lens_code,
    min(academic_year) filter (where is_concentrator) as first_concentrator_year,
    min(academic_year) filter (where is_completer_no_hours) as first_completer_no_hours_year
from lensed
group by person_id, lens_type, lens_code
