select
    'college_going_rate' as metric_id,
    '12_months' as definition_version,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.pathway_sector_code,
    {{ is_within_months('first_term.term_start_date', 'cohort.leaving_date', 12) }} as is_numerator
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__first_term_after') }} as first_term
    on
        cohort.person_id = first_term.person_id
        and cohort.cohort_basis = first_term.cohort_basis
where cohort.cohort_basis = 'completion_year'
