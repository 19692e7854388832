-- An institution's microregion decides in schemes made of microregions, its county in all others. The second select
-- includes a microregion that is missing in the seeds, which references_exist then reports.
select
    institution_id,
    'statewide:California' as region_id
from {{ ref('int_institution__current') }}
-- A college of another state is in no region of this one.
where is_out_of_state is not true
union
select
    institution_id,
    'microregion:' || microregion as region_id
from {{ ref('int_institution__current') }}
where microregion is not null
union
select
    institution.institution_id,
    region.region_id
from {{ ref('int_institution__current') }} as institution
inner join {{ ref('int_institution__microregion') }} as region
    on institution.microregion = region.microregion
union
select
    institution.institution_id,
    region.scheme || ':' || region.region as region_id
from {{ ref('int_institution__current') }} as institution
inner join {{ ref('county_region') }} as region
    on institution.county_fips = region.county_fips
inner join {{ ref('region_scheme') }} as region_scheme
    on region.scheme = region_scheme.scheme
where not region_scheme.is_made_of_microregions
union
select
    institution_id,
    'county:' || county_fips as region_id
from {{ ref('int_institution__current') }}
where county_fips is not null
