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
        registered.institution_type_code,
        registered.parent_institution_id,
        county.county_fips,
        county.county_name,
        county.jobs_first_region,
        -- A college can belong to another region than its county: Antelope Valley is in Los Angeles County
        -- and in the South Central Coast.
        coalesce(registered.microregion, county.microregion) as microregion,
        registered.institution_id is not null as is_registered
    from reported
    left join registered
        on reported.institution_id = registered.institution_id
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
    located.is_registered
from located
left join microregion
    on located.microregion = microregion.microregion
