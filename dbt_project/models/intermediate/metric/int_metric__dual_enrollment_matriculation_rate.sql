select
    'dual_enrollment_matriculation_rate' as metric_id,
    '12_months' as definition_version,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.pathway_sector_code,
    {{ is_within_months('first_term.term_start_date', 'cohort.leaving_date', 12) }} as is_numerator
from {{ ref('int_k12__cohort') }} as cohort
inner join {{ ref('int_college__dual_enrollment') }} as dual_enrollment
    on
        cohort.person_id = dual_enrollment.person_id
        and cohort.cohort_year >= dual_enrollment.first_academic_year
left join {{ ref('int_college__first_term_after') }} as first_term
    on
        cohort.person_id = first_term.person_id
        and cohort.cohort_basis = first_term.cohort_basis
where cohort.cohort_basis = 'graduation_year'
