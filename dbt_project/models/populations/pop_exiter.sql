select
    exiter.exit_year as cohort_year,
    exiter.person_id,
    exiter.institution_id,
    coalesce(work.county_fips, 'unknown') as work_county_fips,
    exiter.lens_type,
    exiter.lens_code,
    exiter.is_matchable,
    exiter.is_matched,
    exiter.second_quarter_wages_usd,
    exiter.oct_dec_wages_usd,
    living_wage.annual_usd as living_wage_usd
from {{ ref('int_college__cte_exiter') }} as exiter
left join {{ ref('int_wage__person_quarter') }} as work
    on
        exiter.person_id = work.person_id
        and exiter.second_quarter_index = work.quarter_index
left join {{ ref('int_institution__current') }} as college
    on exiter.institution_id = college.institution_id
left join {{ ref('living_wage') }} as living_wage
    on
        college.county_fips = living_wage.county_fips
        and living_wage.source = '{{ var("living_wage_source") }}'
        and living_wage.vintage = '{{ var("living_wage_vintage") }}'
        and living_wage.family_type = '{{ var("living_wage_family_type") }}'
