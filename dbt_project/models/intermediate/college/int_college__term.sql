{{ config(materialized='table') }}

select
    term.person_id,
    term.academic_year,
    term.institution_id,
    coalesce(college.institution_type_code = 'COMMUNITY_COLLEGE', false) as is_community_college,
    coalesce(college.institution_type_code = 'UNIVERSITY', false) as is_university,
    -- A college without a district is one by itself.
    coalesce(college.parent_institution_id, term.institution_id) as district_id,
    term.term_id,
    right(term.term_id, 2) as season_code,
    term.term_start_date,
    term.term_end_date,
    term.program_top_code,
    program_sector.sector_code,
    term.units_attempted,
    term.units_earned,
    term.aid_status_code
from {{ ref('stg_college_enrollment') }} as term
left join {{ ref('int_institution__current') }} as college
    on term.institution_id = college.institution_id
left join {{ ref('program_sector') }} as program_sector
    on
        program_sector.taxonomy = 'TOP'
        and program_sector.program_code = left(term.program_top_code, 4)
left join {{ ref('int_college__same_record') }} as same_record
    on term.record_id = same_record.record_id
-- 10000 is a special admit, still in high school; every other status is an ordinary student, and so is one that nobody
-- reports. What another record reports too counts there alone.
where
    term.education_status_code is distinct from '10000'
    and same_record.record_id is null
