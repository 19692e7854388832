{{ config(materialized='table') }}

select
    person_id,
    academic_year,
    institution_id,
    term_id,
    term_start_date,
    term_end_date,
    program_top_code,
    units_attempted,
    units_earned,
    submitter,
    row_number
from {{ ref('stg_college_enrollment') }}
-- 10000 is a special admit, still in high school; every other status is an ordinary student.
where education_status_code <> '10000'
