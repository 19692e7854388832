{{ config(materialized='table') }}

-- Under 'all', and under each sector of a section.
select
    person_id,
    case when grouping(sector_code) = 1 then 'all' else 'pathway_sector' end as lens_type,
    case when grouping(sector_code) = 1 then 'all' else sector_code end as lens_code,
    min(academic_year) filter (where is_credit and is_passed) as first_credit_academic_year
from {{ ref('int_college__dual_section') }}
group by grouping sets ((person_id), (person_id, sector_code))
having grouping(sector_code) = 1 or sector_code is not null
