select
    'living_wage_rate' as metric_id,
    'oct_dec_x4' as definition_version,
    exiter.exit_year as cohort_year,
    exiter.person_id,
    exiter.institution_id,
    exiter.pathway_sector_code,
    exiter.is_matchable,
    exiter.is_matched,
    exiter.oct_dec_wages_usd is not null as is_in_statistic,
    coalesce(4 * exiter.oct_dec_wages_usd >= living_wage.annual_usd, false) as is_numerator
from {{ ref('int_college__cte_exiter') }} as exiter
left join {{ ref('int_institution__current') }} as college
    on exiter.institution_id = college.institution_id
left join {{ ref('living_wage') }} as living_wage
    on
        college.county_fips = living_wage.county_fips
        and living_wage.source = '{{ var("living_wage_source") }}'
        and living_wage.vintage = '{{ var("living_wage_vintage") }}'
        and living_wage.family_type = '{{ var("living_wage_family_type") }}'
