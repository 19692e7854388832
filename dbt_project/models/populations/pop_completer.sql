select
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.lens_type,
    cohort.lens_code,
    cohort.leaving_date,
    first_term.term_start_date as first_term_start_date
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__first_term_after') }} as first_term
    on
        cohort.person_id = first_term.person_id
        and cohort.cohort_basis = first_term.cohort_basis
where cohort.cohort_basis = 'completion_year'
