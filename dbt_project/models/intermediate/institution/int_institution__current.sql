{{ config(materialized='table') }}

with registered as (
    select
        institution_id,
        institution_name,
        institution_type_code,
        parent_institution_id,
        county_fips,
        microregion
    from {{ ref('stg_institution') }}
    qualify
        row_number() over (
            partition by institution_id
            order by
                academic_year desc, institution_name asc, institution_type_code asc, parent_institution_id asc,
                county_fips asc, microregion asc
        ) = 1
),

-- Institutions that records name, whether the registry knows them or not: nobody drops out of a statewide number
-- because a registry row is late.
reported as (
    select district_id as institution_id from {{ ref('stg_k12_enrollment') }}
    union
    select school_id as institution_id from {{ ref('stg_k12_enrollment') }}
    union
    select district_id as institution_id from {{ ref('stg_k12_pathway') }}
    union
    select school_id as institution_id from {{ ref('stg_k12_pathway') }}
    union
    select district_id as institution_id from {{ ref('stg_work_based_learning') }}
    union
    select school_id as institution_id from {{ ref('stg_work_based_learning') }}
    union
    select institution_id from {{ ref('stg_dual_enrollment') }}
    union
    select institution_id from {{ ref('stg_college_enrollment') }}
    union
    select institution_id from {{ ref('stg_credential') }}
    union
    select institution_id from registered
),

microregion as (
    -- distinct: the seed has one row per county, and counties of a microregion share its macroregion.
    select distinct
        microregion,
        macroregion
    from {{ ref('county') }}
),

located as (
    select
        reported.institution_id,
        registered.institution_name,
        -- A four-year college of another state is a university; a two-year one is no community college of this state.
        coalesce(
            registered.institution_type_code, case when out_of_state.level_code = '4' then 'UNIVERSITY' end
        ) as institution_type_code,
        registered.parent_institution_id,
        county.county_fips,
        county.county_name,
        county.jobs_first_region,
        -- A college can belong to another region than its county: Antelope Valley is in Los Angeles County
        -- and in the South Central Coast.
        coalesce(registered.microregion, county.microregion) as microregion,
        registered.institution_id is not null as is_registered,
        out_of_state.institution_id is not null as is_out_of_state
    from reported
    left join registered
        on reported.institution_id = registered.institution_id
    left join {{ ref('int_institution__out_of_state') }} as out_of_state
        on reported.institution_id = out_of_state.institution_id
    left join {{ ref('county') }} as county
        on registered.county_fips = county.county_fips
)

select
    located.institution_id,
    located.institution_name,
    located.institution_type_code,
    located.parent_institution_id,
    located.county_fips,
    located.county_name,
    located.microregion,
    microregion.macroregion,
    located.jobs_first_region,
    located.is_registered,
    located.is_out_of_state
from located
left join microregion
    on located.microregion = microregion.microregion
