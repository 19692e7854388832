{{ config(materialized='table') }}

with person_year as (
    -- distinct: terms of a year at any college make one year of enrollment.
    select distinct
        person_id,
        academic_year,
        {{ academic_year_start('academic_year') }} as year_start
    from {{ ref('int_college__term') }}
),

last_reported as (
    select max({{ academic_year_start('academic_year') }}) as year_start
    from {{ ref('stg_college_enrollment') }}
),

-- Left all college after a year: enrolled in it, at no college in the next. The next year must have been reported,
-- or everybody enrolled today would look like a leaver.
exit_year as (
    select
        person_year.person_id,
        person_year.academic_year
    from person_year
    inner join last_reported
        on person_year.year_start + 1 <= last_reported.year_start
    left join person_year as next_year
        on
            person_year.person_id = next_year.person_id
            and next_year.year_start = person_year.year_start + 1
    where next_year.person_id is null
),

term as (
    select
        term.person_id,
        term.academic_year,
        term.institution_id,
        term.term_end_date,
        term.program_top_code,
        row_number() over (
            partition by term.person_id, term.academic_year
            order by term.term_end_date desc, term.institution_id desc, term.submitter desc, term.row_number desc
        ) as terms_before_leaving
    from {{ ref('int_college__term') }} as term
    inner join exit_year
        on
            term.person_id = exit_year.person_id
            and term.academic_year = exit_year.academic_year
),

last_term as (
    select
        person_id,
        academic_year,
        institution_id,
        term_end_date
    from term
    where terms_before_leaving = 1
),

last_program as (
    select
        person_id,
        academic_year,
        program_top_code
    from term
    where program_top_code is not null
    qualify row_number() over (partition by person_id, academic_year order by terms_before_leaving) = 1
)

select
    last_term.person_id,
    last_term.academic_year as exit_year,
    last_term.institution_id,
    last_term.term_end_date as exit_date,
    {{ quarter_index_of_date('last_term.term_end_date') }} as exit_quarter_index,
    last_program.program_top_code,
    program_sector.sector_code
from last_term
left join last_program
    on
        last_term.person_id = last_program.person_id
        and last_term.academic_year = last_program.academic_year
left join {{ ref('program_sector') }} as program_sector
    on
        program_sector.taxonomy = 'TOP'
        and program_sector.program_code = left(last_program.program_top_code, 4)
