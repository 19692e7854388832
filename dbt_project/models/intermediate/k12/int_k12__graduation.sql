{{ config(materialized='table') }}

with primary_spell as (
    select
        person_id,
        academic_year,
        school_id,
        grade_level,
        enrollment_entry_date,
        exit_code,
        submitter,
        row_number
    from {{ ref('stg_k12_enrollment') }}
    -- Status 10 is the school that answers for the student; 20 and 30 are concurrent and short-term enrollments.
    where enrollment_status_code = '10'
),

first_spell as (
    select
        person_id,
        enrollment_entry_date as first_entry_date,
        {{ academic_year_label(academic_year_start('academic_year') ~ ' + 12 - grade_level') }}
            as expected_graduation_year
    from primary_spell
    qualify
        row_number() over (
            partition by person_id order by enrollment_entry_date, grade_level, submitter, row_number
        ) = 1
),

final_spell as (
    select
        primary_spell.person_id,
        primary_spell.academic_year as final_academic_year,
        primary_spell.school_id as final_school_id,
        coalesce(exit_code.is_cohort_removal, false) as is_removed_from_cohort
    from primary_spell
    left join {{ ref('exit_code') }} as exit_code
        on primary_spell.exit_code = exit_code.exit_code
    qualify
        row_number() over (
            partition by primary_spell.person_id
            order by
                primary_spell.enrollment_entry_date desc, primary_spell.submitter desc, primary_spell.row_number desc
        ) = 1
),

completing_spell as (
    select
        spell.person_id,
        spell.academic_year,
        spell.school_id,
        spell.enrollment_exit_date,
        spell.submitter,
        spell.row_number,
        completion_status.is_regular_diploma
    from {{ ref('stg_k12_enrollment') }} as spell
    inner join {{ ref('completion_status') }} as completion_status
        on spell.completion_status_code = completion_status.completion_status_code
    where completion_status.is_completer
),

completion as (
    select
        person_id,
        enrollment_exit_date as completion_date,
        academic_year as completion_year,
        school_id as completion_school_id
    from completing_spell
    qualify
        row_number() over (
            partition by person_id order by enrollment_exit_date, submitter, row_number
        ) = 1
),

graduation as (
    select
        person_id,
        enrollment_exit_date as graduation_date,
        academic_year as graduation_year,
        school_id as graduation_school_id
    from completing_spell
    where is_regular_diploma
    qualify
        row_number() over (
            partition by person_id order by enrollment_exit_date, submitter, row_number
        ) = 1
),

-- A special education certificate completes nothing, but its holder did not drop out either.
certificate as (
    select
        person_id,
        min(enrollment_exit_date) as certificate_date
    from {{ ref('stg_k12_enrollment') }}
    where completion_status_code = '120'
    group by person_id
),

person as (
    select person_id from primary_spell
    union
    select person_id from completing_spell
)

select
    person.person_id,
    first_spell.first_entry_date,
    first_spell.expected_graduation_year,
    final_spell.final_academic_year,
    final_spell.final_school_id,
    final_spell.is_removed_from_cohort,
    completion.completion_date,
    completion.completion_year,
    completion.completion_school_id,
    certificate.certificate_date,
    graduation.graduation_date,
    graduation.graduation_year,
    graduation.graduation_school_id
from person
left join first_spell
    on person.person_id = first_spell.person_id
left join final_spell
    on person.person_id = final_spell.person_id
left join completion
    on person.person_id = completion.person_id
left join certificate
    on person.person_id = certificate.person_id
left join graduation
    on person.person_id = graduation.person_id
