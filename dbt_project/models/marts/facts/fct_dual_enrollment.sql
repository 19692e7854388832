select
    section.record_id,
    section.academic_year,
    section.person_id,
    section.match_method,
    section.institution_id,
    section.term_id,
    section.term_start_date,
    section.course_id,
    section.section_id,
    section.top_code,
    program_sector.sector_code as pathway_sector_code,
    section.credit_status_code,
    section.units_attempted,
    section.units_earned,
    section.grade_code,
    section.is_ccap,
    section.ccap_agreement_id
from {{ ref('stg_dual_enrollment') }} as section
left join {{ ref('program_sector') }} as program_sector
    on
        program_sector.taxonomy = 'TOP'
        and program_sector.program_code = left(section.top_code, 4)
