select distinct
    microregion.region as microregion,
    region.scheme || ':' || region.region as region_id
from {{ ref('county_region') }} as microregion
inner join {{ ref('county_region') }} as region
    on microregion.county_fips = region.county_fips
inner join {{ ref('region_scheme') }} as region_scheme
    on region.scheme = region_scheme.scheme
where microregion.scheme = 'microregion' and region_scheme.is_made_of_microregions
union all
select distinct
    region as microregion,
    'statewide:California' as region_id
from {{ ref('county_region') }}
where scheme = 'microregion'
