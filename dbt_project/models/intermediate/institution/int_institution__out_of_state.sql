{{ config(materialized='table') }}

-- Colleges of other states are in no register of this one: what the last report says of one.
with reported as (
    select
        institution_id,
        academic_year,
        college_state_code as state_code,
        college_level_code as level_code,
        college_sector_code as sector_code
    from {{ ref('stg_college_enrollment') }}
    where college_state_code <> 'CA'
    union all
    select
        institution_id,
        academic_year,
        college_state_code as state_code,
        college_level_code as level_code,
        college_sector_code as sector_code
    from {{ ref('stg_credential') }}
    where college_state_code <> 'CA'
)

select
    reported.institution_id,
    reported.state_code,
    reported.level_code,
    reported.sector_code
from reported
left join {{ ref('stg_institution') }} as registered
    on reported.institution_id = registered.institution_id
where registered.institution_id is null
qualify
    row_number() over (
        partition by reported.institution_id
        order by
            reported.academic_year desc, reported.state_code asc, reported.level_code asc, reported.sector_code asc
    ) = 1
