{# Years after high school in which earnings are summed, and quarters after graduation that are looked at: two, and
   those of one, three and five years on. #}
{% set years, quarters, years_on = [1, 3, 5, 7], [2, 4, 12, 20], [1, 3, 5] %}

with graduate as (
    select
        cohort_year,
        person_id,
        institution_id,
        dimension,
        dimension_value,
        leaving_date,
        is_concentrator,
        is_completer_no_hours as is_pathway_completer
    from {{ ref('int_k12__cohort') }}
    where cohort_basis = 'graduation_year'
),

-- Courses to date only grow, so the highest value up to a year is the value at that year.
in_program as (
    select
        graduate.person_id,
        spell.pathway_code,
        spell.sector_code,
        bool_or(spell.is_concentrator) as is_concentrator,
        bool_or(spell.is_completer_no_hours) as is_pathway_completer
    from graduate
    inner join {{ ref('int_k12__pathway_spell') }} as spell
        on
            graduate.person_id = spell.person_id
            and graduate.cohort_year >= spell.academic_year
    where graduate.dimension = 'all'
    group by graduate.person_id, spell.pathway_code, spell.sector_code
    having max(spell.courses_to_date) >= 1
),

seen as (
    select
        *,
        case when dimension = 'pathway_sector' then dimension_value end as sector_code
    from graduate
    union all by name
    select
        graduate.* replace (
            'pathway_program' as dimension,
            in_program.pathway_code as dimension_value,
            in_program.is_concentrator as is_concentrator,
            in_program.is_pathway_completer as is_pathway_completer
        ),
        in_program.sector_code
    from graduate
    inner join in_program
        on graduate.person_id = in_program.person_id
    where graduate.dimension = 'all'
),

person as (
    select
        graduate.person_id,
        {{ academic_year_start('graduate.cohort_year') }} as year_start,
        {{ quarter_index_of_date('graduate.leaving_date') }} as quarter_index,
        attribute.is_matchable_to_wages as is_matchable,
        attribute.is_matchable_to_wages and attribute.is_found_in_wages as is_matched
    from graduate
    inner join {{ ref('int_person__attribute') }} as attribute
        on graduate.person_id = attribute.person_id
    where graduate.dimension = 'all'
),

-- Wages of somebody who cannot be matched are not theirs to count.
year_wage as (
    select
        person.person_id,
        {% for n in years %}
            max(wage.annual_wages_usd) filter (where wage.year_start = person.year_start + {{ n }})
                as year_{{ n }}_wages_usd,
            max(wage.annual_wages_constant_usd) filter (where wage.year_start = person.year_start + {{ n }})
                as year_{{ n }}_wages_constant_usd,
        {% endfor %}
        max(wage.quarter_count) filter (where wage.year_start = person.year_start + 1) as year_1_quarter_count
    from person
    inner join {{ ref('int_wage__person_year') }} as wage
        on person.person_id = wage.person_id
    where person.is_matchable
    group by person.person_id
),

quarter_wage as (
    select
        person.person_id,
        {% for n in quarters %}
            bool_or(wage.quarter_index = person.quarter_index + {{ n }}) as is_employed_quarter_{{ n }},
        {% endfor %}
        max(wage.primary_naics_code) filter (where wage.quarter_index = person.quarter_index + 2) as primary_naics_code
    from person
    inner join {{ ref('int_wage__person_quarter') }} as wage
        on person.person_id = wage.person_id
    where person.is_matchable
    group by person.person_id
),

enrolled as (
    select
        person.person_id,
        {% for n in years_on %}
        bool_or(enrolled.quarter_index = person.quarter_index + {{ 4 * n }})
            as is_enrolled_year_{{ n }}{{ ',' if not loop.last }}
        {% endfor %}
    from person
    inner join {{ ref('int_college__enrolled_quarter') }} as enrolled
        on person.person_id = enrolled.person_id
    group by person.person_id
),

-- A sector that the graduate works in; under 'all', one that they concentrated in.
works_in as (
    select
        quarter_wage.person_id,
        industry.sector_code
    from quarter_wage
    inner join {{ ref('int_wage__sector_industry') }} as industry
        on quarter_wage.primary_naics_code = industry.naics_code
),

works_in_training as (
    select works_in.person_id
    from works_in
    inner join graduate
        on
            works_in.person_id = graduate.person_id
            and works_in.sector_code = graduate.dimension_value
    where graduate.dimension = 'pathway_sector' and graduate.is_concentrator
    group by works_in.person_id
)

select
    seen.cohort_year,
    seen.person_id,
    seen.institution_id,
    seen.dimension,
    seen.dimension_value,
    seen.leaving_date,
    seen.is_concentrator,
    seen.is_pathway_completer,
    person.is_matchable,
    person.is_matched,
    {% for n in years %}
        year_wage.year_{{ n }}_wages_usd,
        year_wage.year_{{ n }}_wages_constant_usd,
    {% endfor %}
    coalesce(year_wage.year_1_quarter_count, 0) as year_1_quarter_count,
    coalesce(quarter_wage.is_employed_quarter_2, false) as is_employed_quarter_2,
    {% for n in years_on %}
        coalesce(quarter_wage.is_employed_quarter_{{ 4 * n }}, false) as is_employed_year_{{ n }},
        coalesce(enrolled.is_enrolled_year_{{ n }}, false) as is_enrolled_year_{{ n }},
    {% endfor %}
    case
        when not coalesce(quarter_wage.is_employed_quarter_2, false) then null
        when seen.dimension = 'all' then works_in_training.person_id is not null
        else works_in.person_id is not null
    end as is_employed_in_sector_of_training,
    living_wage.annual_constant_usd as living_wage_constant_usd
from seen
inner join person
    on seen.person_id = person.person_id
left join year_wage
    on seen.person_id = year_wage.person_id
left join quarter_wage
    on seen.person_id = quarter_wage.person_id
left join enrolled
    on seen.person_id = enrolled.person_id
left join works_in
    on
        seen.person_id = works_in.person_id
        and seen.sector_code = works_in.sector_code
left join works_in_training
    on seen.person_id = works_in_training.person_id
left join {{ ref('int_institution__current') }} as school
    on seen.institution_id = school.institution_id
left join {{ ref('int_wage__living_wage') }} as living_wage
    on school.county_fips = living_wage.county_fips
