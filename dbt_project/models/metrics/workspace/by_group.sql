{{ config(materialized='view') }}

select
    value.metric_id,
    value.definition_version,
    definition.metric_name,
    definition.is_favorable,
    value.cohort_year,
    value.region_scheme,
    value.region_id,
    value.region_name,
    value.student_group,
    value.student_group_value,
    student_group.group_name,
    value.unit,
    value.numerator,
    value.denominator,
    value.value,
    value.value_low,
    value.value_high,
    value.matchable_share,
    value.about_whom,
    completeness.is_complete,
    completeness.is_whole,
    {{ is_large_enough('value.numerator', 'value.denominator') }} as is_large_enough
from {{ ref('metric_value').include(database=false) }} as value
inner join {{ ref('metric_definition').include(database=false) }} as definition
    on
        value.metric_id = definition.metric_id
        and value.definition_version = definition.definition_version
        and value.attribution = definition.attributions[1]
inner join {{ ref('metric_completeness').include(database=false) }} as completeness
    on
        value.metric_id = completeness.metric_id
        and value.definition_version = completeness.definition_version
        and value.cohort_year = completeness.cohort_year
        and value.attribution = completeness.attribution
        and value.region_id = completeness.region_id
inner join {{ ref('dim_student_group').include(database=false) }} as student_group
    on
        value.student_group = student_group.student_group
        and value.student_group_value = student_group.student_group_value
where value.dimension = 'all'
