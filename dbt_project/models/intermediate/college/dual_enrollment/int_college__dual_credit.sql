{{ config(materialized='table') }}

-- The first year in which a credit section was passed, under 'all' and under the sector of the section.
with by_dimension as (
    select
        *,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value
    from {{ ref('int_college__dual_section') }}
)

select
    person_id,
    dimension,
    dimension_value,
    min(academic_year) filter (where is_credit and is_passed) as first_credit_academic_year
from by_dimension
where dimension_value is not null
group by person_id, dimension, dimension_value
