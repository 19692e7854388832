{{ config(materialized='table') }}

with last_reported as (
    select last_period as academic_year
    from {{ ref('int_feed__data_through') }}
    where feed = 'initiative_participation'
),

grantee as (
    select
        grant_id,
        -- A grant whose lines name several consortia belongs to none of them alone.
        case when count(distinct consortium_id) = 1 then max(consortium_id) end as consortium_id,
        min(first_year_start) as first_year_start,
        max(last_year_start) as last_year_start
    from {{ ref('int_collaboration__grant_line') }}
    group by grant_id
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
    -- Whom a partner reports for a year in which the grant does not run, the grant did not serve. A grant that no
    -- register names has no years: its services count as reported.
    coalesce(
        {{ academic_year_start('service.academic_year') }} between grantee.first_year_start and grantee.last_year_start,
        true
    ) as is_in_grant_years,
    service.record_id
from {{ ref('stg_initiative_participation') }} as service
left join grantee
    on service.grant_id = grantee.grant_id
cross join last_reported
