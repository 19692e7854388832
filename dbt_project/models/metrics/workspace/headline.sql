{{ config(materialized='view') }}

select
    state.metric_id,
    state.definition_version,
    state.metric_name,
    definition.is_favorable,
    state.cohort_year,
    state.unit,
    state.numerator,
    state.denominator,
    state.value,
    state.value_low,
    state.value_high,
    state.trend,
    student_group.group_name as group_furthest_behind,
    state.gap_points,
    {{ is_large_enough('state.numerator', 'state.denominator') }} as is_large_enough
from {{ ref('leadership_state').include(database=false) }} as state
inner join {{ ref('metric_definition').include(database=false) }} as definition
    on
        state.metric_id = definition.metric_id
        and state.definition_version = definition.definition_version
left join {{ ref('dim_student_group').include(database=false) }} as student_group
    on
        state.gap_student_group = student_group.student_group
        and state.gap_student_group_value = student_group.student_group_value
order by state.position
