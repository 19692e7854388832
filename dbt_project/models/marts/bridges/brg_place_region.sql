{{ config(materialized='table') }}

-- Institutions are in the regions that the registry says, and are a place of their own; a school is in its district.
with institution_region as (
    select
        institution_id as place_id,
        region_id
    from {{ ref('int_institution__region') }}
    union all
    select
        institution_id as place_id,
        'institution:' || institution_id as region_id
    from {{ ref('int_institution__current') }}
    where is_out_of_state is not true
    union all
    select
        institution_id as place_id,
        'district:' || parent_institution_id as region_id
    from {{ ref('int_institution__current') }}
    where parent_institution_id is not null
),

-- Schools of a member district, members themselves (colleges above all) and schools that are members: once, whoever of
-- them joined how often, and for all years, whenever they joined or left.
consortium_region as (
    select
        place.institution_id as place_id,
        'consortium:' || member.consortium_id as region_id
    from {{ ref('int_institution__current') }} as place
    inner join {{ ref('brg_partner_consortium') }} as member
        on place.institution_id = member.partner_id
    union
    select
        place.institution_id as place_id,
        'consortium:' || member.consortium_id as region_id
    from {{ ref('int_institution__current') }} as place
    inner join {{ ref('brg_partner_consortium') }} as member
        on place.parent_institution_id = member.partner_id
),

-- A place of work is known by county.
work_region as (
    select
        county_fips as place_id,
        scheme || ':' || region as region_id
    from {{ ref('county_region') }}
    union all
    select
        county_fips as place_id,
        unnest(['statewide:California', 'county:' || county_fips]) as region_id
    from {{ ref('county_code') }}
    union all
    select
        'unknown' as place_id,
        'statewide:California' as region_id
),

placed as (
    select * from institution_region
    union all
    select * from consortium_region
    union all
    select * from work_region
)

select
    place_id,
    region_id,
    {{ scheme_of('region_id') }} as region_scheme
from placed
