{{ config(meta={'made_by': ['cohort_year', 'region_id']}) }}

select
    value.metric_id,
    value.definition_version,
    value.cohort_year,
    value.attribution,
    value.region_scheme,
    value.region_id,
    value.region_name,
    value.dimension,
    value.dimension_value,
    value.student_group,
    value.student_group_value,
    value.unit,
    value.numerator,
    value.denominator,
    value.value,
    value.value_low,
    value.value_high,
    value.interval_method,
    value.n_cohort,
    value.n_matchable,
    value.n_matched,
    value.n_in_statistic,
    value.is_complete,
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
