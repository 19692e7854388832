{# Feeds that completers of a level are read from, and wages, in which they are looked for two quarters later. #}
{% set diploma = {'k12_enrollment': (0, 0), 'k12_pathway': (3, 0)} %}
{% set award = {'credential': (0, 0)} %}
{% set supply = {
    'high_school': diploma, 'certificate': award, 'associate': award, 'bachelor': award, 'all': dict(diploma, **award),
} %}
{% set windows = dict(supply) %}
{% for level, feeds in supply.items() %}
{% do windows.update({level ~ ':wage': dict(feeds, wage=(0, 6))}) %}
{% endfor %}

-- A county weighs as many earners as its quarters of wages have.
with earner as (
    select
        county_fips,
        count(*) as earners
    from {{ ref('int_wage__person_quarter') }}
    group by county_fips
),

ranked_wage as (
    select
        region.region_id,
        wage.annual_usd,
        sum(earner.earners) over (
            partition by region.region_id order by wage.annual_usd
        ) as earners_up_to,
        sum(earner.earners) over (partition by region.region_id) as earners
    from {{ ref('int_wage__living_wage') }} as wage
    inner join {{ ref('int_institution__microregion') }} as region
        on wage.microregion = region.microregion
    inner join earner
        on wage.county_fips = earner.county_fips
),

region_wage as (
    select
        region_id,
        min(annual_usd) as annual_usd
    from ranked_wage
    where 2 * earners_up_to >= earners
    group by region_id
),

-- At the prices of the autumn of the academic year.
living_wage as (
    select
        region_wage.region_id,
        {{ academic_year_label('price.calendar_year') }} as academic_year,
        cast(region_wage.annual_usd as double) * cast(price.index_value as double)
        / cast(vintage_price.index_value as double) as living_wage_usd
    from region_wage
    cross join {{ ref('cpi') }} as price
    inner join {{ ref('cpi') }} as vintage_price
        on
            price.series = vintage_price.series
            and vintage_price.calendar_year = {{ var('living_wage_vintage') }}
    where price.series = '{{ var("cpi_series") }}'
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

paired as (
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
),

joined as (
    select
        *,
        {{ withheld_because(
            "(completers > 0 and credential_level in ('high_school', 'all'))",
            'completers_matchable / completers', 'completers_matchable / completers'
        ) }} as share_withheld_because
    from paired
),

{{ missing_of(windows, 'credential_level', 'academic_year', 'joined') }}

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
    living_wage.living_wage_usd,
    -- 2,080 hours are a year of full-time work.
    joined.hourly_wage_usd * 2080 >= living_wage.living_wage_usd as is_high_wage,
    joined.openings >= median(joined.openings) over (
        partition by joined.academic_year, joined.region_id, joined.credential_level
    ) as is_in_demand,
    joined.completers_matchable,
    joined.completers_employed,
    joined.completers_in_sector,
    case
        when joined.share_withheld_because is null
            then joined.completers_in_sector / nullif(joined.completers_employed, 0)
    end as share_in_sector,
    case
        when joined.completers_employed > 0 and joined.share_withheld_because is null
            then {{ wilson_low('joined.completers_in_sector', 'joined.completers_employed') }}
    end as share_in_sector_low,
    case
        when joined.completers_employed > 0 and joined.share_withheld_because is null
            then {{ wilson_high('joined.completers_in_sector', 'joined.completers_employed') }}
    end as share_in_sector_high,
    joined.completers_matchable / nullif(joined.completers, 0) as matchable_share,
    joined.share_withheld_because,
    {{ is_complete('joined', 'credential_level', 'academic_year') }} as is_supply_complete,
    {{ is_complete('joined', 'credential_level', 'academic_year', "joined.credential_level || ':wage'") }}
        as is_wage_complete
from joined
left join living_wage
    on
        joined.region_id = living_wage.region_id
        and joined.academic_year = living_wage.academic_year
