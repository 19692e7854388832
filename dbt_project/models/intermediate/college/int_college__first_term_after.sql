select
    cohort.cohort_basis,
    cohort.person_id,
    min(term.term_start_date) as term_start_date
from {{ ref('int_k12__cohort') }} as cohort
inner join {{ ref('int_college__term') }} as term
    on
        cohort.person_id = term.person_id
        and cohort.leaving_date < term.term_start_date
where cohort.lens_type = 'all'
group by cohort.cohort_basis, cohort.person_id
