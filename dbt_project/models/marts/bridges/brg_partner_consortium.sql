select
    consortium_id,
    partner_id,
    joined_date as effective_from,
    nullif(effective_to, date '9999-12-31') as effective_to,
    partner_type_code,
    member_role_code,
    is_end_reported
from {{ ref('int_collaboration__membership') }}
