{{ config(materialized='table') }}

with last_reported as (
    select max(academic_year) as academic_year
    from {{ ref('stg_consortium_member') }}
),

-- A spell is reported in every year it touches: the last report knows how it ended.
spell as (
    select
        consortium_id,
        member_id,
        member_role_code,
        joined_date,
        left_date,
        academic_year as last_academic_year
    from {{ ref('stg_consortium_member') }}
    qualify
        row_number() over (
            partition by consortium_id, member_id, joined_date
            order by academic_year desc, left_date desc nulls first, member_role_code asc
        ) = 1
),

-- A spell that is neither closed nor reported any more ended no later than its last report.
ended as (
    select
        spell.*,
        coalesce(
            spell.left_date,
            case
                when spell.last_academic_year < last_reported.academic_year
                    then {{ academic_year_end_date('spell.last_academic_year') }}
                else date '9999-12-31'
            end
        ) as effective_to
    from spell
    cross join last_reported
)

-- Two accounts of one employer make one membership.
select
    ended.consortium_id,
    member.partner_id,
    ended.joined_date,
    max(member.partner_name) as partner_name,
    max(member.partner_type_code) as partner_type_code,
    min(ended.member_role_code) as member_role_code,
    max(ended.effective_to) as effective_to,
    arg_max(ended.left_date is not null, (ended.effective_to, ended.left_date is not null)) as is_end_reported
from ended
inner join {{ ref('int_collaboration__member') }} as member
    on ended.member_id = member.member_id
group by ended.consortium_id, member.partner_id, ended.joined_date
