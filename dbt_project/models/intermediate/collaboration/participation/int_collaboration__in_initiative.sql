{{ config(materialized='table') }}

-- Paid, or in the year a member of a consortium that a grant of the initiative went to.
with involved as (
    select
        institution_id as partner_id,
        academic_year,
        initiative_code
    from {{ ref('int_collaboration__grant_line_year') }}
    union
    select
        member.partner_id,
        line.academic_year,
        line.initiative_code
    from {{ ref('int_collaboration__grant_line_year') }} as line
    inner join {{ ref('int_collaboration__member_report') }} as member
        on
            line.consortium_id = member.consortium_id
            and line.academic_year = member.academic_year
),

in_year as (
    select distinct
        'person' as entity_type,
        service.person_id as entity_id,
        region.region_id,
        service.academic_year,
        service.initiative_code
    from {{ ref('int_collaboration__service') }} as service
    inner join {{ ref('int_collaboration__partner_region') }} as region
        on service.institution_id = region.partner_id
    where service.is_in_grant_years
    union all
    select distinct
        'partner' as entity_type,
        line.institution_id as entity_id,
        region.region_id,
        line.academic_year,
        line.initiative_code
    from {{ ref('int_collaboration__grant_line_year') }} as line
    inner join {{ ref('int_collaboration__partner_region') }} as region
        on line.institution_id = region.partner_id
    union all
    select
        'involved_partner' as entity_type,
        involved.partner_id as entity_id,
        region.region_id,
        involved.academic_year,
        involved.initiative_code
    from involved
    inner join {{ ref('int_collaboration__partner_region') }} as region
        on involved.partner_id = region.partner_id
)

select * from in_year
union all
select distinct
    entity_type,
    entity_id,
    region_id,
    'all' as academic_year,
    initiative_code
from in_year
