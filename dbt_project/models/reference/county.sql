select
    county.county_fips,
    county.county_name,
    county.cde_county_code,
    max(region.region) filter (where region.scheme = 'microregion') as microregion,
    max(region.region) filter (where region.scheme = 'macroregion') as macroregion,
    max(region.region) filter (where region.scheme = 'jobs_first') as jobs_first_region,
    county.status
from {{ ref('county_code') }} as county
left join {{ ref('county_region') }} as region
    on county.county_fips = region.county_fips
group by county.county_fips, county.county_name, county.cde_county_code, county.status
order by county.county_fips
