{{ config(materialized='table') }}

select
    section.person_id,
    section.academic_year,
    section.institution_id,
    section.term_id,
    section.term_start_date,
    program_sector.sector_code,
    section.is_ccap,
    section.credit_status_code in ('C', 'D') as is_credit,
    section.credit_status_code = 'D' as is_degree_applicable,
    {{ is_passing_college_grade('section.grade_code') }} as is_passed,
    section.units_attempted,
    section.units_earned
from {{ ref('stg_dual_enrollment') }} as section
left join {{ ref('program_sector') }} as program_sector
    on
        program_sector.taxonomy = 'TOP'
        and program_sector.program_code = left(section.top_code, 4)
