{{ config(materialized='table') }}

with last_reported as (
    select max(academic_year) as academic_year
    from {{ ref('stg_initiative_participation') }}
),

grantee as (
    select
        grant_id,
        max(consortium_id) as consortium_id
    from {{ ref('int_collaboration__grant_line') }}
    group by grant_id
    -- A grant whose lines name several consortia belongs to none of them alone.
    having count(distinct consortium_id) <= 1
)

select
    service.person_id,
    service.match_method,
    service.academic_year,
    service.institution_id,
    service.grant_id,
    grantee.consortium_id,
    service.initiative_code,
    service.service_type_code,
    service.participation_start_date as effective_from,
    -- A service without an end ran to the end of its year; in the last reported year it may still run.
    coalesce(
        service.participation_end_date,
        case
            when service.academic_year < last_reported.academic_year
                then greatest(
                    {{ academic_year_end_date('service.academic_year') }}, service.participation_start_date
                )
        end
    ) as effective_to,
    service.record_id
from {{ ref('stg_initiative_participation') }} as service
left join grantee
    on service.grant_id = grantee.grant_id
cross join last_reported
