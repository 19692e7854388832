{{ config(materialized='table') }}

{#- Quarters whose wages count, by name, as counted quarters. -#}
{%- set exit_calendar_year = "(" ~ academic_year_start('spell.exit_year') ~ " + 1)" -%}
{%- set reference_quarters = {
    'quarter_before_entry': quarter_index_of_date('spell.entry_date') ~ ' - 1',
    'jan_mar_before_entry': 'spell.entry_year_start * 4',
    'second_quarter': 'spell.exit_quarter_index + 2',
    'fourth_quarter': 'spell.exit_quarter_index + 4',
    'oct_dec': exit_calendar_year ~ ' * 4 + 3',
    'oct_dec_third_year': '(' ~ exit_calendar_year ~ ' + 2) * 4 + 3',
    'oct_dec_fifth_year': '(' ~ exit_calendar_year ~ ' + 4) * 4 + 3',
    'oct_dec_tenth_year': '(' ~ exit_calendar_year ~ ' + 9) * 4 + 3',
} -%}

with exiter as (
    select
        spell.person_id,
        spell.exit_year,
        spell.exit_date,
        spell.entry_date,
        spell.institution_id,
        spell.sector_code,
        person.is_matchable_to_wages as is_matchable,
        person.is_matchable_to_wages and person.is_found_in_wages as is_matched,
        -- WIOA and Perkins count quarters from the one in which the last term ended. California's community colleges
        -- read October to December after the exit year, whichever term was the last.
        {% for name, index in reference_quarters.items() %}
        {{ index }} as {{ name }}_index{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_college__exit_spell') }} as spell
    inner join {{ ref('int_person__attribute') }} as person
        on spell.person_id = person.person_id
    where spell.sector_code is not null
),

-- One lookup of all quarters at once: a join per quarter would read the wages of everybody as often.
reference_quarter as (
    select
        person_id,
        exit_year,
        is_matchable,
        unnest(
            [
                {% for name in reference_quarters %}
                {'quarter_name': '{{ name }}', 'quarter_index': {{ name }}_index}{{ ',' if not loop.last }}
                {% endfor %}
            ],
            max_depth := 2
        )
    from exiter
),

-- Wages of somebody who cannot be matched are not theirs to count.
wage as (
    select
        reference_quarter.person_id,
        reference_quarter.exit_year,
        {% for name in reference_quarters %}
        max(wage.quarterly_wages_usd) filter (where reference_quarter.quarter_name = '{{ name }}') as {{ name }}_wages_usd,
        {% endfor %}
        max(wage.quarterly_wages_constant_usd) filter (
            where reference_quarter.quarter_name = 'oct_dec'
        ) as oct_dec_wages_constant_usd,
        max(wage.county_fips) filter (where reference_quarter.quarter_name = 'second_quarter') as work_county_fips,
        max(wage.primary_naics_sector_code) filter (
            where reference_quarter.quarter_name = 'second_quarter'
        ) as primary_naics_sector_code
    from reference_quarter
    inner join {{ ref('int_wage__person_quarter') }} as wage
        on
            reference_quarter.person_id = wage.person_id
            and reference_quarter.quarter_index = wage.quarter_index
    where reference_quarter.is_matchable
    group by reference_quarter.person_id, reference_quarter.exit_year
),

enrolled as (
    select
        reference_quarter.person_id,
        reference_quarter.exit_year,
        {% for name in reference_quarters if name.endswith('_year') %}
        bool_or(reference_quarter.quarter_name = '{{ name }}') as was_enrolled_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
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
    -- distinct: one kept employer is enough.
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
    {% for name in reference_quarters %}
    wage.{{ name }}_wages_usd,
    {% endfor %}
    wage.oct_dec_wages_constant_usd,
    july_june.annual_wages_usd as july_june_wages_usd,
    coalesce(wage.work_county_fips, 'unknown') as work_county_fips,
    wage.primary_naics_sector_code,
    {% for name in reference_quarters if name.endswith('_year') %}
    coalesce(enrolled.was_enrolled_{{ name }}, false) as was_enrolled_{{ name }},
    {% endfor %}
    retained.person_id is not null as has_same_employer_fourth_quarter
from exiter
left join wage
    on
        exiter.person_id = wage.person_id
        and exiter.exit_year = wage.exit_year
left join {{ ref('int_wage__person_year') }} as july_june
    on
        exiter.person_id = july_june.person_id
        and {{ academic_year_start('exiter.exit_year') }} + 1 = july_june.year_start
        and exiter.is_matchable
left join enrolled
    on
        exiter.person_id = enrolled.person_id
        and exiter.exit_year = enrolled.exit_year
left join retained
    on
        exiter.person_id = retained.person_id
        and exiter.exit_year = retained.exit_year
