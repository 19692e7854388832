select
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.lens_type,
    cohort.lens_code,
    cohort.leaving_date,
    cohort.is_participant,
    cohort.is_concentrator,
    cohort.is_completer_300_hours,
    cohort.is_completer_no_hours,
    coalesce(dual_enrollment.first_academic_year <= cohort.cohort_year, false) as was_dual_enrolled,
    first_term.term_start_date as first_term_start_date,
    any_award.award_date as first_award_date,
    concentration_award.award_date as first_concentration_award_date
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__dual_enrollment') }} as dual_enrollment
    on cohort.person_id = dual_enrollment.person_id
left join {{ ref('int_college__first_term_after') }} as first_term
    on
        cohort.person_id = first_term.person_id
        and cohort.cohort_basis = first_term.cohort_basis
left join {{ ref('int_college__first_award_after') }} as any_award
    on
        cohort.person_id = any_award.person_id
        and any_award.award_scope = 'any'
left join {{ ref('int_college__first_award_after') }} as concentration_award
    on
        cohort.person_id = concentration_award.person_id
        and cohort.lens_type = concentration_award.lens_type
        and cohort.lens_code = concentration_award.lens_code
        and concentration_award.award_scope = 'concentration'
where cohort.cohort_basis = 'graduation_year'
