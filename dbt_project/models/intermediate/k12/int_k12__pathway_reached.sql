{{ config(materialized='table') }}

-- Status to date never goes back, so the first year tells it for every year. Under 'all', and under each sector.
select
    person_id,
    case when grouping(sector_code) = 1 then 'all' else 'pathway_sector' end as lens_type,
    coalesce(sector_code, 'all') as lens_code,
    min(academic_year) filter (where is_concentrator) as first_concentrator_year,
    min(academic_year) filter (where is_completer_no_hours) as first_completer_no_hours_year
from {{ ref('int_k12__pathway_spell') }}
group by grouping sets ((person_id), (person_id, sector_code))
