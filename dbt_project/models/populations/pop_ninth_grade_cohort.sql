select
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.lens_type,
    cohort.lens_code,
    cohort.is_participant,
    cohort.is_concentrator,
    graduation.graduation_date,
    -- Summer graduates count: until 31 August, two months after the academic year ends.
    make_date({{ academic_year_start('cohort.cohort_year') }} + 1, 8, 31) as four_year_deadline
from {{ ref('int_k12__cohort') }} as cohort
inner join {{ ref('int_k12__graduation') }} as graduation
    on cohort.person_id = graduation.person_id
where cohort.cohort_basis = 'expected_graduation_year'
