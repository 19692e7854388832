-- One report of an account, whoever delivered it last; the accounts of one employer make one member that gives the
-- staff of all.
with account as (
    select
        academic_year,
        consortium_id,
        member_id,
        joined_date,
        member_role_code,
        staff_fte
    from {{ ref('stg_consortium_member') }}
    qualify
        row_number() over (
            partition by academic_year, consortium_id, member_id, joined_date
            order by member_role_code asc, staff_fte desc nulls last
        ) = 1
)

select
    account.academic_year,
    account.consortium_id,
    member.partner_id,
    max(member.partner_type_code) as partner_type_code,
    account.joined_date,
    min(account.member_role_code) as member_role_code,
    sum(account.staff_fte) as staff_fte
from account
inner join {{ ref('int_collaboration__member') }} as member
    on account.member_id = member.member_id
group by account.academic_year, account.consortium_id, member.partner_id, account.joined_date
