select
    partner_id,
    partner_name,
    partner_type_code,
    county_fips,
    microregion,
    macroregion,
    is_consortium_member,
    is_grantee,
    has_reported_people
from {{ ref('int_collaboration__partner') }}
