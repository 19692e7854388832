select
    'credential_attainment_rate' as metric_id,
    '6_years' as definition_version,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.pathway_sector_code,
    {{ is_within_months('first_award.award_date', 'cohort.leaving_date', 72) }} as is_numerator
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__first_award_after') }} as first_award
    on
        cohort.person_id = first_award.person_id
        and first_award.pathway_sector_code = 'all'
        and first_award.award_scope = 'any'
where cohort.cohort_basis = 'graduation_year'
