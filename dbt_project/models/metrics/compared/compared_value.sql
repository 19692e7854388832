{{ config(meta={'made_by': ['cohort_year', 'region_id']}) }}

select
    value.* exclude (
        cohort_basis, numerator_exact_match, denominator_exact_match, matchable_share, value_least, value_most,
        about_whom, as_of_date
    ),
    whole.is_whole,
    whole.reason,
    whole.awaited,
    coalesce(not scheme.is_narrow, true) as is_compared
from {{ ref('metric_value') }} as value
inner join {{ ref('metric_completeness') }} as whole
    on
        value.metric_id = whole.metric_id
        and value.definition_version = whole.definition_version
        and value.cohort_year = whole.cohort_year
        and value.attribution = whole.attribution
        and value.region_id = whole.region_id
left join {{ ref('region_scheme') }} as scheme on value.region_scheme = scheme.scheme
where value.dimension = 'all' and (value.student_group = 'all' or value.region_scheme = 'statewide')
