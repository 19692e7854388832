select
    'statewide:California' as region_id,
    'statewide' as region_scheme,
    'California' as region_name,
    count(*) as county_count
from {{ ref('county_code') }}
union all
select
    scheme || ':' || region as region_id,
    scheme as region_scheme,
    region as region_name,
    count(*) as county_count
from {{ ref('county_region') }}
group by scheme, region
union all
select
    'county:' || county_fips as region_id,
    'county' as region_scheme,
    county_name as region_name,
    1 as county_count
from {{ ref('county_code') }}
union all
-- Partners that no register places: with this line the regions of a scheme add up to the state.
select
    unnest(['macroregion:unplaced', 'microregion:unplaced']) as region_id,
    unnest(['macroregion', 'microregion']) as region_scheme,
    'Not placed' as region_name,
    0 as county_count
