{{ config(materialized='table') }}

-- A program is the first four digits of the TOP code.
with program_year as (
    select
        person_id,
        left(program_top_code, 4) as program_code,
        sector_code,
        academic_year,
        sum(units_earned) as units_earned
    from {{ ref('int_college__term') }}
    where is_community_college and sector_code is not null
    group by person_id, left(program_top_code, 4), sector_code, academic_year
),

program_to_date as (
    select
        person_id,
        program_code,
        sector_code,
        academic_year,
        sum(units_earned) over (
            partition by person_id, program_code
            order by academic_year rows between unbounded preceding and current row
        ) as units_to_date
    from program_year
),

-- Perkins V: 12 units in one program, or a completed program.
concentrator_year as (
    select
        person_id,
        program_code,
        sector_code,
        academic_year
    from program_to_date
    where units_to_date >= 12
    union all
    select
        person_id,
        program_code,
        program_sector_code as sector_code,
        academic_year
    from {{ ref('int_college__credential') }}
    where is_community_college_award and program_sector_code is not null
)

select
    person_id,
    sector_code,
    min(academic_year) as first_concentrator_year
from concentrator_year
group by person_id, sector_code
