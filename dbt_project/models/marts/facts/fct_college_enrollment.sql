select
    enrollment.record_id,
    enrollment.academic_year,
    enrollment.person_id,
    enrollment.match_method,
    enrollment.institution_id,
    enrollment.term_id,
    enrollment.term_start_date,
    enrollment.term_end_date,
    enrollment.gender_code,
    enrollment.race_ethnicity_code,
    enrollment.education_status_code,
    enrollment.education_status_code = '10000' as is_special_admit,
    enrollment.student_goal_code,
    enrollment.program_top_code,
    program_sector.sector_code as pathway_sector_code,
    enrollment.units_attempted,
    enrollment.units_earned,
    enrollment.aid_status_code,
    coalesce(same_record.counted_record_id, enrollment.record_id) as counted_record_id
from {{ ref('stg_college_enrollment') }} as enrollment
left join {{ ref('program_sector') }} as program_sector
    on
        program_sector.taxonomy = 'TOP'
        and program_sector.program_code = left(enrollment.program_top_code, 4)
left join {{ ref('int_college__same_record') }} as same_record
    on enrollment.record_id = same_record.record_id
