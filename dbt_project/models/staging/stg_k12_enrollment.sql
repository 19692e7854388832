select
    crosswalk.person_id,
    crosswalk.match_method,
    enrollment.academic_year,
    enrollment.district_id,
    enrollment.school_id,
    enrollment.gender_code,
    enrollment.race_ethnicity_code,
    cast(enrollment.grade_level as integer) as grade_level,
    enrollment.enrollment_status_code,
    cast(enrollment.enrollment_entry_date as date) as enrollment_entry_date,
    cast(enrollment.enrollment_exit_date as date) as enrollment_exit_date,
    enrollment.exit_code,
    enrollment.completion_status_code,
    enrollment.is_economically_disadvantaged,
    enrollment.is_english_learner,
    enrollment.has_disability,
    enrollment.is_foster,
    enrollment.is_homeless,
    enrollment.submitter,
    enrollment.delivery_sha256,
    cast(enrollment.row_number as bigint) as row_number
from {{ source('accepted', 'k12_enrollment') }} as enrollment
{{ join_person('k12_enrollment', 'enrollment') }}
