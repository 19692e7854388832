select
    institution_id,
    'statewide:California' as region_id
from {{ ref('int_institution__current') }}
union all
select
    institution_id,
    'macroregion:' || macroregion as region_id
from {{ ref('int_institution__current') }}
where macroregion is not null
union all
select
    institution_id,
    'microregion:' || microregion as region_id
from {{ ref('int_institution__current') }}
where microregion is not null
union all
select
    institution_id,
    'jobs_first:' || jobs_first_region as region_id
from {{ ref('int_institution__current') }}
where jobs_first_region is not null
union all
select
    institution_id,
    'county:' || county_fips as region_id
from {{ ref('int_institution__current') }}
where county_fips is not null
