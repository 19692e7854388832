select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    crosswalk.is_bridged,
    enrollment.academic_year,
    enrollment.institution_id,
    {{ gender_of_mis('enrollment.gender_code') }} as gender_code,
    enrollment.race_ethnicity_code,
    enrollment.term_id,
    {{ term_date('enrollment.term_id', 'season.start_month', 'season.start_day') }} as term_start_date,
    {{ term_date('enrollment.term_id', 'season.end_month', 'season.end_day') }} as term_end_date,
    enrollment.education_status_code,
    enrollment.student_goal_code,
    enrollment.program_top_code,
    cast(enrollment.units_attempted as decimal(6, 2)) as units_attempted,
    cast(enrollment.units_earned as decimal(6, 2)) as units_earned,
    enrollment.aid_status_code,
    enrollment.college_state_code,
    enrollment.college_level_code,
    enrollment.college_sector_code,
    enrollment.has_ssn,
    enrollment.record_id,
    enrollment.submitter,
    enrollment.delivery_sha256,
    cast(enrollment.row_number as bigint) as row_number
from {{ source('accepted', 'college_enrollment') }} as enrollment
inner join {{ ref('term_season') }} as season
    on season.season_code = right(enrollment.term_id, 2)
{{ join_person('college_enrollment', 'enrollment') }}
