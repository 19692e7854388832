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
    select {{ academic_year_start('last_period') }} as year_start
    from {{ ref('int_feed__data_through') }}
    where feed = 'college_enrollment'
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

-- The last term at any college dates the exit.
exit as (
    select
        exit_year.person_id,
        exit_year.academic_year,
        max(term.term_end_date) as exit_date
    from exit_year
    inner join {{ ref('int_college__term') }} as term
        on
            exit_year.person_id = term.person_id
            and exit_year.academic_year = term.academic_year
    group by exit_year.person_id, exit_year.academic_year
),

-- A career education student had a program of a CTE sector in any term of the year at a community college. Home and
-- program are those of the last of these terms; of several that ended on one day, the one with most units attempted,
-- then the lower college id, then the lower program code.
career_term as (
    select
        person_id,
        academic_year,
        institution_id,
        program_top_code,
        sector_code
    from {{ ref('int_college__term') }}
    where is_community_college and sector_code is not null
    qualify
        row_number() over (
            partition by person_id, academic_year
            order by term_end_date desc, units_attempted desc, institution_id asc, program_top_code asc
        ) = 1
)

select
    exit.person_id,
    exit.academic_year as exit_year,
    entry.entry_year_start,
    entry.entry_date,
    career_term.institution_id,
    exit.exit_date,
    {{ quarter_index_of_date('exit.exit_date') }} as exit_quarter_index,
    career_term.program_top_code,
    career_term.sector_code
from exit
inner join entry
    on
        exit.person_id = entry.person_id
        and exit.academic_year = entry.academic_year
left join career_term
    on
        exit.person_id = career_term.person_id
        and exit.academic_year = career_term.academic_year
