{{ config(materialized='table') }}

with primary_spell as (
    select *
    from {{ ref('stg_k12_enrollment') }}
    -- Status 10 is the school that answers for the student; 20 and 30 are concurrent and short-term enrollments.
    where enrollment_status_code = '10'
),

-- Of spells that began on one day, the lower grade is the first.
first_spell as (
    select
        person_id,
        enrollment_entry_date as first_entry_date,
        {{ academic_year_label(academic_year_start('academic_year') ~ ' + 12 - grade_level') }}
            as expected_graduation_year
    from primary_spell
    qualify
        row_number() over (
            partition by person_id order by enrollment_entry_date, grade_level, academic_year
        ) = 1
),

last_spell as (
    select
        person_id,
        academic_year as final_academic_year,
        school_id as final_school_id,
        exit_code
    from primary_spell
    qualify
        row_number() over (
            partition by person_id order by {{ last_enrollment_first() }}
        ) = 1
),

final_spell as (
    select
        last_spell.person_id,
        last_spell.final_academic_year,
        last_spell.final_school_id,
        coalesce(exit_code.is_cohort_removal, false) as is_removed_from_cohort
    from last_spell
    left join {{ ref('exit_code') }} as exit_code
        on last_spell.exit_code = exit_code.exit_code
),

completing_spell as (
    select
        spell.*,
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
            partition by person_id order by enrollment_exit_date, {{ last_enrollment_first() }}
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
            partition by person_id order by enrollment_exit_date, {{ last_enrollment_first() }}
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
