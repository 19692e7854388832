-- One report a membership and year, whoever delivered it last.
select
    member.academic_year,
    member.consortium_id,
    spell.partner_id,
    spell.partner_type_code,
    member.joined_date,
    member.member_role_code,
    member.staff_fte
from {{ ref('stg_consortium_member') }} as member
inner join {{ ref('int_collaboration__member') }} as spell
    on member.member_id = spell.member_id
qualify
    row_number() over (
        partition by member.academic_year, member.consortium_id, spell.partner_id, member.joined_date
        order by member.member_role_code asc, member.staff_fte desc nulls last, spell.partner_type_code asc
    ) = 1
