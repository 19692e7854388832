select
    member.academic_year,
    member.consortium_id,
    member.consortium_name,
    member.microregion,
    member.member_id,
    member.member_name,
    member.member_type_code,
    member.member_role_code,
    cast(member.staff_fte as decimal(6, 2)) as staff_fte,
    cast(member.joined_date as date) as joined_date,
    cast(member.left_date as date) as left_date,
    member.record_id,
    member.submitter,
    member.delivery_sha256,
    cast(member.row_number as bigint) as row_number
from {{ source('accepted', 'consortium_member') }} as member
