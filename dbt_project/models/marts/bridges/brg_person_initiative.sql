select
    person_id,
    initiative_code,
    academic_year,
    min(effective_from) as effective_from,
    case when bool_and(effective_to is not null) then max(effective_to) end as effective_to,
    count(distinct institution_id) as partner_count,
    count(distinct grant_id) as grant_count,
    count(*) as service_count
from {{ ref('int_collaboration__service') }}
where is_in_grant_years
group by person_id, initiative_code, academic_year
