with living_wage as (
    select
        region.region_id,
        median(wage.annual_usd) as living_wage_usd
    from {{ ref('county') }} as county
    inner join {{ ref('int_institution__microregion') }} as region
        on county.microregion = region.microregion
    inner join {{ ref('living_wage') }} as wage
        on
            county.county_fips = wage.county_fips
            and wage.source = '{{ var('living_wage_source') }}'
            and wage.vintage = '{{ var('living_wage_vintage') }}'
            and wage.family_type = '{{ var('living_wage_family_type') }}'
    group by region.region_id
),

openings as (
    select
        demand.academic_year,
        region.region_id,
        demand.pathway_sector_code,
        unnest(['all', demand.credential_level]) as credential_level,
        demand.employment_count,
        demand.annual_openings,
        demand.median_hourly_wage_usd
    from {{ ref('fct_labor_demand') }} as demand
    inner join {{ ref('int_institution__microregion') }} as region
        on demand.microregion = region.microregion
    where demand.pathway_sector_code is not null
),

demand as (
    select
        academic_year,
        region_id,
        pathway_sector_code,
        credential_level,
        sum(employment_count) as employment,
        sum(annual_openings) as openings,
        sum(median_hourly_wage_usd * employment_count) / nullif(sum(employment_count), 0) as hourly_wage_usd
    from openings
    group by academic_year, region_id, pathway_sector_code, credential_level
),

placed as (
    select
        completer.person_id,
        completer.academic_year,
        region.region_id,
        completer.sector_code as pathway_sector_code,
        unnest(['all', completer.credential_level]) as credential_level,
        completer.is_matchable,
        completer.is_employed,
        completer.is_employed_in_sector
    from {{ ref('int_collaboration__completer') }} as completer
    inner join {{ ref('int_institution__region') }} as region
        on completer.institution_id = region.institution_id
    -- Demand is known by microregion alone.
    where region.region_id in (select demanded.region_id from {{ ref('int_institution__microregion') }} as demanded)
),

-- Once a person, whatever they completed in the sector and year.
person as (
    select
        person_id,
        academic_year,
        region_id,
        pathway_sector_code,
        credential_level,
        bool_or(is_matchable) as is_matchable,
        bool_or(is_employed) as is_employed,
        bool_or(is_employed_in_sector) as is_employed_in_sector
    from placed
    group by person_id, academic_year, region_id, pathway_sector_code, credential_level
),

supply as (
    select
        academic_year,
        region_id,
        pathway_sector_code,
        credential_level,
        count(*) as completers,
        count(*) filter (where is_matchable) as completers_matchable,
        count(*) filter (where is_employed) as completers_employed,
        count(*) filter (where is_employed_in_sector) as completers_in_sector
    from person
    group by academic_year, region_id, pathway_sector_code, credential_level
),

wage_reach as (
    select last_period_end_date
    from {{ ref('int_feed__data_through') }}
    where feed = 'wage'
),

joined as (
    select
        coalesce(demand.academic_year, supply.academic_year) as academic_year,
        coalesce(demand.region_id, supply.region_id) as region_id,
        coalesce(demand.pathway_sector_code, supply.pathway_sector_code) as pathway_sector_code,
        coalesce(demand.credential_level, supply.credential_level) as credential_level,
        demand.employment,
        demand.openings,
        demand.hourly_wage_usd,
        coalesce(supply.completers, 0) as completers,
        coalesce(supply.completers_matchable, 0) as completers_matchable,
        coalesce(supply.completers_employed, 0) as completers_employed,
        coalesce(supply.completers_in_sector, 0) as completers_in_sector
    from demand
    full join supply
        on
            demand.academic_year = supply.academic_year
            and demand.region_id = supply.region_id
            and demand.pathway_sector_code = supply.pathway_sector_code
            and demand.credential_level = supply.credential_level
)

select
    joined.academic_year,
    joined.region_id,
    joined.pathway_sector_code,
    joined.credential_level,
    joined.completers,
    cast(joined.openings as bigint) as openings,
    cast(joined.openings as bigint) - joined.completers as supply_gap,
    cast(joined.employment as bigint) as employment,
    cast(joined.hourly_wage_usd as double) as hourly_wage_usd,
    cast(living_wage.living_wage_usd as double) as living_wage_usd,
    -- 2,080 hours are a year of full-time work.
    joined.hourly_wage_usd * 2080 >= living_wage.living_wage_usd as is_high_wage,
    joined.openings >= median(joined.openings) over (
        partition by joined.academic_year, joined.region_id, joined.credential_level
    ) as is_in_demand,
    joined.completers_matchable,
    joined.completers_employed,
    joined.completers_in_sector,
    joined.completers_in_sector / nullif(joined.completers_employed, 0) as share_in_sector,
    {{ academic_year_end_date('joined.academic_year') }} + to_months(6) <= wage_reach.last_period_end_date
        as is_wage_complete
from joined
left join living_wage
    on joined.region_id = living_wage.region_id
cross join wage_reach
