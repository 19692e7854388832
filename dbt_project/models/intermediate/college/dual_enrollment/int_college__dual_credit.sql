{{ config(materialized='table') }}

-- The first year in which a credit section was passed, under 'all' and under the sector of the section.
with lensed as (
    select
        *,
        unnest(['all', 'pathway_sector']) as lens_type,
        unnest(['all', sector_code]) as lens_code
    from {{ ref('int_college__dual_section') }}
)

select
    person_id,
    lens_type,
    lens_code,
    min(academic_year) filter (where is_credit and is_passed) as first_credit_academic_year
from lensed
where lens_code is not null
group by person_id, lens_type, lens_code
