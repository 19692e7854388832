{{ config(materialized='table') }}

-- Prefixes are compared here, once a code: everything else joins on equal codes.
with industry as (
    -- distinct: one row per code, of the many quarters that have it.
    select distinct primary_naics_code as naics_code
    from {{ ref('int_wage__person_quarter') }}
)

-- distinct: two prefixes of a sector can begin one code.
select distinct
    sector.sector_code,
    industry.naics_code
from industry
inner join {{ ref('sector_industry') }} as sector
    on starts_with(industry.naics_code, sector.naics_prefix)
