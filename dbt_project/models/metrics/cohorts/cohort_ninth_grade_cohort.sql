with cohort as (
    select
        cohort_year,
        person_id,
        institution_id,
        dimension,
        dimension_value,
        is_participant,
        is_concentrator,
        is_completer_no_hours,
        -- Summer graduates count: until 31 August, two months after the academic year ends.
        make_date({{ academic_year_start('cohort_year') }} + 1, 8, 31) as four_year_deadline,
        make_date({{ academic_year_start('cohort_year') }} + 2, 8, 31) as five_year_deadline
    from {{ ref('int_k12__cohort') }}
    where cohort_basis = 'expected_graduation_year'
)

select
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.dimension,
    cohort.dimension_value,
    cohort.is_participant,
    cohort.is_concentrator,
    cohort.is_completer_no_hours,
    graduation.graduation_date,
    graduation.completion_date,
    coalesce(
        graduation.completion_date <= cohort.four_year_deadline
        or graduation.certificate_date <= cohort.four_year_deadline,
        false
    ) as has_finished_in_four_years,
    graduation.final_academic_year,
    cohort.four_year_deadline,
    cohort.five_year_deadline
from cohort
inner join {{ ref('int_k12__graduation') }} as graduation
    on cohort.person_id = graduation.person_id
