{{ config(materialized='table') }}

with exiter as (
    select
        spell.person_id,
        spell.exit_year,
        spell.exit_date,
        spell.exit_quarter_index,
        {{ academic_year_start('spell.exit_year') }} + 1 as exit_calendar_year,
        spell.entry_date,
        spell.entry_year_start,
        {{ quarter_index_of_date('spell.entry_date') }} - 1 as quarter_before_entry_index,
        spell.institution_id,
        spell.sector_code,
        person.is_matchable_to_wages as is_matchable,
        person.is_matchable_to_wages and person.is_found_in_wages as is_matched
    from {{ ref('int_college__exit_spell') }} as spell
    inner join {{ ref('int_person__attribute') }} as person
        on spell.person_id = person.person_id
    where spell.sector_code is not null
),

-- Quarters that count, looked up at once: a join for each would read the wages of everybody as often. WIOA and Perkins
-- count from the quarter in which the last term ended. California's community colleges read October to December after
-- the exit year, whichever term was the last.
reference_quarter as (
    select
        exiter.person_id,
        exiter.exit_year,
        exiter.is_matchable,
        reference.quarter_name,
        case reference.quarter_name
            when 'quarter_before_entry' then exiter.quarter_before_entry_index
            when 'jan_mar_before_entry' then exiter.entry_year_start * 4
            when 'second_quarter' then exiter.exit_quarter_index + 2
            when 'fourth_quarter' then exiter.exit_quarter_index + 4
            when 'oct_dec' then exiter.exit_calendar_year * 4 + 3
            when 'oct_dec_third_year' then (exiter.exit_calendar_year + 2) * 4 + 3
            when 'oct_dec_fifth_year' then (exiter.exit_calendar_year + 4) * 4 + 3
            when 'oct_dec_tenth_year' then (exiter.exit_calendar_year + 9) * 4 + 3
        end as quarter_index
    from exiter
    cross join (
        values
        ('quarter_before_entry'), ('jan_mar_before_entry'), ('second_quarter'), ('fourth_quarter'), ('oct_dec'),
        ('oct_dec_third_year'), ('oct_dec_fifth_year'), ('oct_dec_tenth_year')
    ) as reference (quarter_name)
),

-- Wages of somebody who cannot be matched are not theirs to count.
reference_wage as (
    select
        reference_quarter.person_id,
        reference_quarter.exit_year,
        reference_quarter.quarter_name,
        wage.quarterly_wages_usd,
        wage.quarterly_wages_constant_usd,
        wage.county_fips,
        wage.primary_naics_code
    from reference_quarter
    inner join {{ ref('int_wage__person_quarter') }} as wage
        on
            reference_quarter.person_id = wage.person_id
            and reference_quarter.quarter_index = wage.quarter_index
    where reference_quarter.is_matchable
),

wage as (
    select
        person_id,
        exit_year,
        max(quarterly_wages_usd) filter (where quarter_name = 'quarter_before_entry') as quarter_before_entry_wages_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'jan_mar_before_entry') as jan_mar_before_entry_wages_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'second_quarter') as second_quarter_wages_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'fourth_quarter') as fourth_quarter_wages_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'oct_dec') as oct_dec_wages_usd,
        max(quarterly_wages_constant_usd) filter (where quarter_name = 'oct_dec') as oct_dec_wages_constant_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'oct_dec_third_year') as oct_dec_third_year_wages_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'oct_dec_fifth_year') as oct_dec_fifth_year_wages_usd,
        max(quarterly_wages_usd) filter (where quarter_name = 'oct_dec_tenth_year') as oct_dec_tenth_year_wages_usd,
        max(county_fips) filter (where quarter_name = 'second_quarter') as work_county_fips,
        max(primary_naics_code) filter (where quarter_name = 'second_quarter') as primary_naics_code
    from reference_wage
    group by person_id, exit_year
),

enrolled as (
    select
        reference_quarter.person_id,
        reference_quarter.exit_year,
        bool_or(reference_quarter.quarter_name = 'oct_dec_third_year') as was_enrolled_oct_dec_third_year,
        bool_or(reference_quarter.quarter_name = 'oct_dec_fifth_year') as was_enrolled_oct_dec_fifth_year,
        bool_or(reference_quarter.quarter_name = 'oct_dec_tenth_year') as was_enrolled_oct_dec_tenth_year
    from reference_quarter
    inner join {{ ref('int_college__enrolled_quarter') }} as enrolled
        on
            reference_quarter.person_id = enrolled.person_id
            and reference_quarter.quarter_index = enrolled.quarter_index
    group by reference_quarter.person_id, reference_quarter.exit_year
),

-- Any employer that paid in both quarters, primary or not.
employer as (
    select
        reference_quarter.person_id,
        reference_quarter.exit_year,
        wage.employer_account
    from reference_quarter
    inner join {{ ref('stg_wage') }} as wage
        on
            reference_quarter.person_id = wage.person_id
            and reference_quarter.quarter_index = wage.quarter_index
    where
        reference_quarter.is_matchable
        and reference_quarter.quarter_name in ('second_quarter', 'fourth_quarter')
    group by reference_quarter.person_id, reference_quarter.exit_year, wage.employer_account
    having count(distinct reference_quarter.quarter_name) = 2
),

retained as (
    -- distinct: one employer in both quarters is enough.
    select distinct
        person_id,
        exit_year
    from employer
)

select
    exiter.person_id,
    exiter.exit_year,
    exiter.institution_id,
    exiter.sector_code,
    exiter.exit_date,
    exiter.entry_date,
    exiter.quarter_before_entry_index,
    exiter.is_matchable,
    exiter.is_matched,
    wage.quarter_before_entry_wages_usd,
    wage.jan_mar_before_entry_wages_usd,
    wage.second_quarter_wages_usd,
    wage.fourth_quarter_wages_usd,
    wage.oct_dec_wages_usd,
    wage.oct_dec_wages_constant_usd,
    wage.oct_dec_third_year_wages_usd,
    wage.oct_dec_fifth_year_wages_usd,
    wage.oct_dec_tenth_year_wages_usd,
    -- Not a condition of the join: DuckDB would compare everybody with everybody.
    case when exiter.is_matchable then july_june.annual_wages_usd end as july_june_wages_usd,
    coalesce(wage.work_county_fips, 'unknown') as work_county_fips,
    wage.primary_naics_code,
    coalesce(enrolled.was_enrolled_oct_dec_third_year, false) as was_enrolled_oct_dec_third_year,
    coalesce(enrolled.was_enrolled_oct_dec_fifth_year, false) as was_enrolled_oct_dec_fifth_year,
    coalesce(enrolled.was_enrolled_oct_dec_tenth_year, false) as was_enrolled_oct_dec_tenth_year,
    retained.person_id is not null as has_same_employer_fourth_quarter
from exiter
left join wage
    on
        exiter.person_id = wage.person_id
        and exiter.exit_year = wage.exit_year
left join {{ ref('int_wage__person_year') }} as july_june
    on
        exiter.person_id = july_june.person_id
        and exiter.exit_calendar_year = july_june.year_start
left join enrolled
    on
        exiter.person_id = enrolled.person_id
        and exiter.exit_year = enrolled.exit_year
left join retained
    on
        exiter.person_id = retained.person_id
        and exiter.exit_year = retained.exit_year
