select
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.dimension,
    cohort.dimension_value,
    cohort.leaving_date,
    college.first_term_start_date,
    college.first_college_type_code
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__after_high_school') }} as college
    on
        cohort.person_id = college.person_id
        and cohort.cohort_basis = college.cohort_basis
where cohort.cohort_basis = 'completion_year'
