select
    'four_year_graduation_rate' as metric_id,
    'acgr' as definition_version,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.pathway_sector_code,
    -- Summer graduates count: until 31 August, two months after the academic year ends.
    coalesce(
        person.graduation_date <= make_date({{ academic_year_start('cohort.cohort_year') }} + 1, 8, 31), false
    ) as is_numerator
from {{ ref('int_k12__cohort') }} as cohort
inner join {{ ref('int_k12__graduation') }} as person
    on cohort.person_id = person.person_id
where cohort.cohort_basis = 'expected_graduation_year'
