-- What a person is seen through besides their cohort's own sectors: whoever took dual enrollment took it under a CCAP
-- partnership at least once, or never.
select
    person_id,
    'ccap' as lens_type,
    case when bool_or(is_ccap) then 'yes' else 'no' end as lens_code
from {{ ref('stg_dual_enrollment') }}
group by person_id
