-- What a person is seen through besides their cohort's own sectors: whoever took dual enrollment, from the first day of
-- it on, and under a CCAP partnership at least once, or never; and whoever initiatives served, by which, likewise.
select
    person_id,
    'ccap' as dimension,
    case when bool_or(is_ccap) then 'yes' else 'no' end as dimension_value,
    cast(null as date) as served_from
from {{ ref('stg_dual_enrollment') }}
group by person_id
union all
select
    person_id,
    'dual_enrolled' as dimension,
    'yes' as dimension_value,
    min(term_start_date) as served_from
from {{ ref('stg_dual_enrollment') }}
group by person_id
union all
select
    person_id,
    'initiative' as dimension,
    initiative_code as dimension_value,
    min(effective_from) as served_from
from {{ ref('brg_person_initiative') }}
group by person_id, initiative_code
