{{ config(materialized='table') }}

select
    person_id,
    academic_year,
    bool_or(wbl_type_code = '10') as has_internship,
    bool_or(wbl_type_code = '15') as has_student_led_enterprise,
    bool_or(wbl_type_code = '20') as has_simulation,
    bool_or(wbl_type_code in ('25', '30')) as has_pre_apprenticeship,
    bool_or(wbl_type_code in ('35', '40', '45', '50')) as has_job_program,
    bool_or(wbl_type_code in ('60', '65')) as has_transition_experience,
    cast(sum(wbl_hours) as decimal(12, 2)) as work_based_learning_hours
from {{ ref('stg_work_based_learning') }}
group by person_id, academic_year
