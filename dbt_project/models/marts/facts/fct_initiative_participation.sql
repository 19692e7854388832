select
    record_id,
    academic_year,
    person_id,
    match_method,
    institution_id as partner_id,
    grant_id,
    consortium_id,
    initiative_code,
    service_type_code,
    effective_from,
    effective_to,
    is_in_grant_years
from {{ ref('int_collaboration__service') }}
