{% for version, months in [('3_years', 36), ('6_years', 72)] %}
select
    'pathway_completion_rate' as metric_id,
    '{{ version }}' as definition_version,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.pathway_sector_code,
    {{ is_within_months('first_award.award_date', 'cohort.leaving_date', months) }} as is_numerator
from {{ ref('int_k12__cohort') }} as cohort
left join {{ ref('int_college__first_award_after') }} as first_award
    on
        cohort.person_id = first_award.person_id
        and cohort.pathway_sector_code = first_award.pathway_sector_code
        and first_award.award_scope = 'concentration'
where cohort.cohort_basis = 'graduation_year' and cohort.is_concentrator
{% if not loop.last %}union all{% endif %}
{% endfor %}
