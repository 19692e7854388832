select
    unit_type,
    unit_id,
    initiative_code,
    coalesce(
        {{ academic_year_label(academic_year_start_of_date('funding_end_date')) }}, 'open'
    ) as funded_to_year,
    is_funded,
    cluster_id,
    funding_end_date,
    status,
    is_at_risk,
    is_event,
    years_after_funding
from {{ ref('int_collaboration__survival_subject') }}
