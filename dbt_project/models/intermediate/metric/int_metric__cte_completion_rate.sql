select
    'cte_completion_rate' as metric_id,
    'v1_300_hours' as definition_version,
    cohort_year,
    person_id,
    institution_id,
    pathway_sector_code,
    is_completer_300_hours as is_numerator
from {{ ref('int_k12__cohort') }}
where cohort_basis = 'graduation_year'
union all
select
    'cte_completion_rate' as metric_id,
    'v2_no_hours' as definition_version,
    cohort_year,
    person_id,
    institution_id,
    pathway_sector_code,
    is_completer_no_hours as is_numerator
from {{ ref('int_k12__cohort') }}
where cohort_basis = 'graduation_year'
