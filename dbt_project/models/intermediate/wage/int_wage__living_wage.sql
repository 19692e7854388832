with index_of as (
    select
        max(index_value) filter (where calendar_year = {{ var('cpi_base_year') }}) as base,
        max(index_value) filter (where calendar_year = {{ var('living_wage_vintage') }}) as vintage
    from {{ ref('cpi') }}
    where series = '{{ var("cpi_series") }}'
)

select
    county.county_fips,
    county.microregion,
    living_wage.annual_usd,
    cast(
        cast(living_wage.annual_usd as double) * cast(index_of.base as double) / cast(index_of.vintage as double)
        as decimal(14, 2)
    ) as annual_constant_usd
from {{ ref('living_wage') }} as living_wage
inner join {{ ref('county') }} as county
    on living_wage.county_fips = county.county_fips
cross join index_of
where
    living_wage.source = '{{ var("living_wage_source") }}'
    and living_wage.vintage = '{{ var("living_wage_vintage") }}'
    and living_wage.family_type = '{{ var("living_wage_family_type") }}'
