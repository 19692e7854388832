with microregion_living_wage as (
    select
        microregion,
        avg(annual_usd) as annual_usd
    from {{ ref('int_wage__living_wage') }}
    group by microregion
),

-- Awards up to 30 June of the exit year: those of the last term are dated days after it.
highest_award as (
    select
        exiter.person_id,
        exiter.exit_year,
        max({{ award_level_order('award.award_level') }}) as award_level_order
    from {{ ref('int_college__cte_exiter') }} as exiter
    inner join {{ ref('int_college__credential') }} as award
        on
            exiter.person_id = award.person_id
            and {{ academic_year_end_date('exiter.exit_year') }} >= award.award_date
    group by exiter.person_id, exiter.exit_year
),

first_credential as (
    select
        exiter.person_id,
        exiter.exit_year,
        min(award.award_date) as award_date
    from {{ ref('int_college__cte_exiter') }} as exiter
    inner join {{ ref('int_college__credential') }} as award
        on
            exiter.person_id = award.person_id
            and exiter.entry_date <= award.award_date
    group by exiter.person_id, exiter.exit_year
),

concentrator as (
    select
        person_id,
        min(first_concentrator_year) as first_concentrator_year
    from {{ ref('int_college__concentrator') }}
    group by person_id
),

wage_feed as (
    select {{ quarter_index('first_period') }} as first_quarter_index
    from {{ ref('int_feed__data_through') }}
    where feed = 'wage'
)

select
    exiter.exit_year as cohort_year,
    exiter.person_id,
    exiter.institution_id,
    exiter.work_county_fips,
    -- One row under 'all', one under the sector of the program and one under the highest award held.
    unnest(['all', 'pathway_sector', 'credential_type']) as dimension,
    unnest([
        'all',
        exiter.sector_code,
        coalesce({{ award_levels() }}[highest_award.award_level_order], 'none')
    ]) as dimension_value,
    exiter.is_matchable,
    exiter.is_matched,
    exiter.entry_date,
    exiter.exit_date,
    exiter.jan_mar_before_entry_wages_usd,
    exiter.quarter_before_entry_wages_usd,
    coalesce(
        exiter.quarter_before_entry_index >= wage_feed.first_quarter_index, false
    ) as is_quarter_before_entry_reported,
    exiter.second_quarter_wages_usd,
    exiter.fourth_quarter_wages_usd,
    exiter.has_same_employer_fourth_quarter,
    case
        when exiter.primary_naics_code is not null then industry.sector_code is not null
    end as is_employed_in_sector_of_training,
    exiter.oct_dec_wages_usd,
    exiter.oct_dec_wages_constant_usd,
    exiter.july_june_wages_usd,
    exiter.oct_dec_wages_usd as oct_dec_first_year_wages_usd,
    exiter.oct_dec_third_year_wages_usd,
    exiter.oct_dec_fifth_year_wages_usd,
    exiter.oct_dec_tenth_year_wages_usd,
    exiter.was_enrolled_oct_dec_third_year,
    exiter.was_enrolled_oct_dec_fifth_year,
    exiter.was_enrolled_oct_dec_tenth_year,
    county_living_wage.annual_usd as living_wage_usd,
    county_living_wage.annual_constant_usd as living_wage_constant_usd,
    microregion_living_wage.annual_usd as living_wage_microregion_usd,
    coalesce(concentrator.first_concentrator_year <= exiter.exit_year, false) as is_concentrator,
    first_credential.award_date as first_credential_date
from {{ ref('int_college__cte_exiter') }} as exiter
cross join wage_feed
left join highest_award
    on
        exiter.person_id = highest_award.person_id
        and exiter.exit_year = highest_award.exit_year
left join first_credential
    on
        exiter.person_id = first_credential.person_id
        and exiter.exit_year = first_credential.exit_year
left join concentrator
    on exiter.person_id = concentrator.person_id
left join {{ ref('int_wage__sector_industry') }} as industry
    on
        exiter.sector_code = industry.sector_code
        and exiter.primary_naics_code = industry.naics_code
left join {{ ref('int_institution__current') }} as college
    on exiter.institution_id = college.institution_id
left join {{ ref('int_wage__living_wage') }} as county_living_wage
    on college.county_fips = county_living_wage.county_fips
left join microregion_living_wage
    on college.microregion = microregion_living_wage.microregion
