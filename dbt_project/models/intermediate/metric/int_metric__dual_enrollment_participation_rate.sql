select
    'dual_enrollment_participation_rate' as metric_id,
    'ever_in_high_school' as definition_version,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.pathway_sector_code,
    coalesce(dual_enrollment.first_academic_year <= cohort.cohort_year, false) as is_numerator
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__dual_enrollment') }} as dual_enrollment
    on cohort.person_id = dual_enrollment.person_id
where cohort.cohort_basis = 'graduation_year'
