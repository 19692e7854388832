with earner as (
    select
        award.person_id,
        award.academic_year as cohort_year,
        {{ academic_year_start('award.academic_year') }} as year_start,
        award.institution_id,
        award.award_date,
        award.award_level,
        award.award_type_code,
        award.is_community_college_award,
        award.sector_code,
        {{ quarter_index_of_date('award.award_date') }} + 2 as second_quarter_index,
        person.is_matchable_to_wages as is_matchable,
        person.is_matchable_to_wages and person.is_found_in_wages as is_matched
    from {{ ref('int_college__credential') }} as award
    inner join {{ ref('int_person__attribute') }} as person
        on award.person_id = person.person_id
    qualify
        row_number() over (
            partition by award.person_id, award.academic_year
            order by
                {{ award_level_order('award.award_level') }} desc,
                {{ award_units_order('award.award_type_code') }} desc,
                award.award_date desc,
                award.institution_id asc,
                award.award_id asc
        ) = 1
),

-- Years that count, looked up at once.
reference_year as (
    select
        earner.person_id,
        earner.cohort_year,
        earner.is_matchable,
        reference.years_after,
        earner.year_start + reference.years_after as year_start
    from earner
    cross join (values (-2), (1), (2), (3), (5), (10)) as reference (years_after)
),

-- Wages of somebody who cannot be matched are not theirs to count.
reference_wage as (
    select
        reference_year.person_id,
        reference_year.cohort_year,
        reference_year.years_after,
        wage.annual_wages_usd,
        wage.annual_wages_constant_usd,
        wage.quarter_count
    from reference_year
    inner join {{ ref('int_wage__person_year') }} as wage
        on
            reference_year.person_id = wage.person_id
            and reference_year.year_start = wage.year_start
    where reference_year.is_matchable
),

wage as (
    select
        person_id,
        cohort_year,
        max(annual_wages_constant_usd) filter (where years_after = -2) as second_year_before_wages_constant_usd,
        max(annual_wages_usd) filter (where years_after = 1) as first_year_wages_usd,
        max(annual_wages_constant_usd) filter (where years_after = 2) as second_year_wages_constant_usd,
        max(annual_wages_usd) filter (where years_after = 3) as third_year_wages_usd,
        max(annual_wages_constant_usd) filter (where years_after = 3) as third_year_wages_constant_usd,
        max(annual_wages_usd) filter (where years_after = 5) as fifth_year_wages_usd,
        max(annual_wages_constant_usd) filter (where years_after = 5) as fifth_year_wages_constant_usd,
        max(annual_wages_usd) filter (where years_after = 10) as tenth_year_wages_usd,
        max(quarter_count) filter (where years_after = 1) as first_year_quarter_count,
        max(quarter_count) filter (where years_after = 3) as third_year_quarter_count,
        max(quarter_count) filter (where years_after = 5) as fifth_year_quarter_count,
        max(quarter_count) filter (where years_after = 10) as tenth_year_quarter_count
    from reference_wage
    group by person_id, cohort_year
),

enrolled as (
    select
        reference_year.person_id,
        reference_year.cohort_year,
        bool_or(reference_year.years_after = 1) as was_enrolled_first_year,
        bool_or(reference_year.years_after = 3) as was_enrolled_third_year,
        bool_or(reference_year.years_after = 5) as was_enrolled_fifth_year,
        bool_or(reference_year.years_after = 10) as was_enrolled_tenth_year
    from reference_year
    inner join {{ ref('int_college__person_year') }} as enrolled
        on
            reference_year.person_id = enrolled.person_id
            and reference_year.year_start = enrolled.year_start
    group by reference_year.person_id, reference_year.cohort_year
),

next_term as (
    select
        earner.person_id,
        earner.cohort_year,
        min(term.term_start_date) as term_start_date
    from earner
    inner join {{ ref('int_college__term') }} as term
        on
            earner.person_id = term.person_id
            and earner.award_date < term.term_start_date
    group by earner.person_id, earner.cohort_year
)

select
    earner.cohort_year,
    earner.person_id,
    earner.institution_id,
    -- One row under 'all', one under the credential and, when the program is in one, one under the sector.
    unnest(
        case
            when earner.sector_code is null then ['all', 'credential_type']
            else ['all', 'credential_type', 'pathway_sector']
        end
    ) as dimension,
    unnest(
        case
            when earner.sector_code is null
                then ['all', {{ credential_type('earner.award_level', 'earner.award_type_code') }}]
            else
                [
                    'all',
                    {{ credential_type('earner.award_level', 'earner.award_type_code') }},
                    earner.sector_code
                ]
        end
    ) as dimension_value,
    earner.is_matchable,
    earner.is_matched,
    earner.award_date,
    {{ academic_year_end_date('earner.cohort_year') }} as award_year_end_date,
    earner.is_community_college_award,
    earner.sector_code is not null as has_sector,
    next_term.term_start_date as next_term_start_date,
    -- Not a condition of the join: DuckDB would compare everybody with everybody.
    case when earner.is_matchable then second_quarter.quarterly_wages_usd end as second_quarter_wages_usd,
    enrolled_quarter.person_id is not null as was_enrolled_second_quarter,
    case
        when earner.is_matchable and earner.sector_code is not null and second_quarter.person_id is not null
            then industry.sector_code is not null
    end as is_employed_in_sector_of_training,
    wage.second_year_before_wages_constant_usd,
    wage.first_year_wages_usd,
    wage.second_year_wages_constant_usd,
    wage.third_year_wages_usd,
    wage.third_year_wages_constant_usd,
    wage.fifth_year_wages_usd,
    wage.fifth_year_wages_constant_usd,
    wage.tenth_year_wages_usd,
    wage.first_year_quarter_count,
    wage.third_year_quarter_count,
    wage.fifth_year_quarter_count,
    wage.tenth_year_quarter_count,
    coalesce(enrolled.was_enrolled_first_year, false) as was_enrolled_first_year,
    coalesce(enrolled.was_enrolled_third_year, false) as was_enrolled_third_year,
    coalesce(enrolled.was_enrolled_fifth_year, false) as was_enrolled_fifth_year,
    coalesce(enrolled.was_enrolled_tenth_year, false) as was_enrolled_tenth_year,
    living_wage.annual_usd as living_wage_usd,
    living_wage.annual_constant_usd as living_wage_constant_usd
from earner
left join wage
    on
        earner.person_id = wage.person_id
        and earner.cohort_year = wage.cohort_year
left join enrolled
    on
        earner.person_id = enrolled.person_id
        and earner.cohort_year = enrolled.cohort_year
left join next_term
    on
        earner.person_id = next_term.person_id
        and earner.cohort_year = next_term.cohort_year
left join {{ ref('int_wage__person_quarter') }} as second_quarter
    on
        earner.person_id = second_quarter.person_id
        and earner.second_quarter_index = second_quarter.quarter_index
left join {{ ref('int_college__enrolled_quarter') }} as enrolled_quarter
    on
        earner.person_id = enrolled_quarter.person_id
        and earner.second_quarter_index = enrolled_quarter.quarter_index
left join {{ ref('int_wage__sector_industry') }} as industry
    on
        earner.sector_code = industry.sector_code
        and second_quarter.primary_naics_code = industry.naics_code
left join {{ ref('int_institution__current') }} as issuer
    on earner.institution_id = issuer.institution_id
left join {{ ref('int_wage__living_wage') }} as living_wage
    on issuer.county_fips = living_wage.county_fips
