{{ config(materialized='table') }}

with exiter as (
    select
        spell.person_id,
        spell.exit_year,
        spell.institution_id,
        spell.sector_code,
        -- WIOA and Perkins count quarters from the one in which the last term ended.
        spell.exit_quarter_index + 2 as second_quarter_index,
        -- California's community colleges read October to December after the exit year, whichever term was the last.
        ({{ academic_year_start('spell.exit_year') }} + 1) * 4 + 3 as oct_dec_index
    from {{ ref('int_college__exit_spell') }} as spell
    where spell.sector_code is not null
)

select
    exiter.person_id,
    exiter.exit_year,
    exiter.institution_id,
    -- One row under 'all' and one under the sector of the program.
    unnest(['all', 'pathway_sector']) as lens_type,
    unnest(['all', exiter.sector_code]) as lens_code,
    exiter.second_quarter_index,
    person.is_matchable_to_wages as is_matchable,
    person.is_matchable_to_wages and person.is_found_in_wages as is_matched,
    -- Wages of somebody who cannot be matched are not theirs to count.
    case when person.is_matchable_to_wages then second_quarter.quarterly_wages_usd end as second_quarter_wages_usd,
    case when person.is_matchable_to_wages then oct_dec.quarterly_wages_usd end as oct_dec_wages_usd
from exiter
inner join {{ ref('int_person__attribute') }} as person
    on exiter.person_id = person.person_id
left join {{ ref('int_wage__person_quarter') }} as second_quarter
    on
        exiter.person_id = second_quarter.person_id
        and exiter.second_quarter_index = second_quarter.quarter_index
left join {{ ref('int_wage__person_quarter') }} as oct_dec
    on
        exiter.person_id = oct_dec.person_id
        and exiter.oct_dec_index = oct_dec.quarter_index
