{{ config(materialized='table') }}

select
    person_id,
    min(academic_year) as first_academic_year,
    min(term_start_date) as first_term_start_date,
    count(*) as section_count,
    cast(sum(units_earned) as decimal(12, 2)) as units_earned
from {{ ref('stg_dual_enrollment') }}
group by person_id
