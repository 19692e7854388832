{{ config(materialized='table') }}

with member as (
    select
        partner_id,
        arg_max(partner_name, (joined_date, partner_name)) as partner_name,
        arg_max(partner_type_code, (joined_date, partner_type_code)) as partner_type_code,
        arg_max(consortium_id, (joined_date, consortium_id)) as consortium_id
    from {{ ref('int_collaboration__membership') }}
    group by partner_id
),

grantee as (
    select distinct institution_id as partner_id
    from {{ ref('int_collaboration__grant_line') }}
),

server as (
    select distinct institution_id as partner_id
    from {{ ref('stg_initiative_participation') }}
),

partner as (
    select partner_id from member
    union
    select partner_id from grantee
    union
    select partner_id from server
),

-- The one region of a consortium places members that the institution registry does not know.
consortium as (
    select distinct
        consortium_id,
        microregion
    from {{ ref('int_collaboration__consortium_report') }}
),

microregion as (
    select distinct
        microregion,
        macroregion
    from {{ ref('county') }}
),

located as (
    select
        partner.partner_id,
        coalesce(institution.institution_name, member.partner_name, 'Not in the institution registry') as partner_name,
        coalesce(member.partner_type_code, institution.institution_type_code) as partner_type_code,
        institution.county_fips,
        coalesce(institution.microregion, consortium.microregion) as microregion,
        member.partner_id is not null as is_consortium_member,
        grantee.partner_id is not null as is_grantee,
        server.partner_id is not null as has_reported_people
    from partner
    left join member
        on partner.partner_id = member.partner_id
    left join grantee
        on partner.partner_id = grantee.partner_id
    left join server
        on partner.partner_id = server.partner_id
    left join {{ ref('int_institution__current') }} as institution
        on
            partner.partner_id = institution.institution_id
            and institution.is_registered
    left join consortium
        on member.consortium_id = consortium.consortium_id
)

select
    located.*,
    microregion.macroregion
from located
left join microregion
    on located.microregion = microregion.microregion
