{{ config(materialized='table') }}

with person_year as (
    -- Terms of a year at any college make one year of enrollment.
    select
        person_id,
        academic_year,
        {{ academic_year_start('academic_year') }} as year_start,
        min(term_start_date) as first_term_start_date
    from {{ ref('int_college__term') }}
    group by person_id, academic_year
),

-- Entry is the first term of the latest year with none before it: years in a row differ from their rank by the same.
entry as (
    select
        person_id,
        academic_year,
        first_value(year_start) over spell as entry_year_start,
        first_value(first_term_start_date) over spell as entry_date
    from (
        select
            *,
            year_start - row_number() over (partition by person_id order by year_start) as spell_number
        from person_year
    ) as numbered
    window spell as (partition by person_id, spell_number order by year_start)
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
    entry.entry_year_start,
    entry.entry_date,
    last_term.institution_id,
    last_term.term_end_date as exit_date,
    {{ quarter_index_of_date('last_term.term_end_date') }} as exit_quarter_index,
    last_program.program_top_code,
    program_sector.sector_code
from last_term
inner join entry
    on
        last_term.person_id = entry.person_id
        and last_term.academic_year = entry.academic_year
left join last_program
    on
        last_term.person_id = last_program.person_id
        and last_term.academic_year = last_program.academic_year
left join {{ ref('program_sector') }} as program_sector
    on
        program_sector.taxonomy = 'TOP'
        and program_sector.program_code = left(last_program.program_top_code, 4)
