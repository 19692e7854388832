{{ config(materialized='view') }}

{% set stages = metrics_of('journey') | map(attribute='metric_id') | list %}

select
    stage.metric_id,
    stage.definition_version,
    stage.cohort_year,
    stage.attribution,
    stage.region_scheme,
    stage.region_id,
    stage.region_name,
    stage.dimension,
    stage.dimension_value,
    stage.student_group,
    stage.student_group_value,
    cast(list_position({{ stages }}, stage.metric_id) as integer) as stage_number,
    stage.denominator as n_eligible,
    stage.numerator as n_reached,
    stage.value as pass_rate,
    stage.value_low as pass_rate_low,
    stage.value_high as pass_rate_high,
    gap.value as ppg1_points,
    gap.is_disproportionate_impact,
    gap.q_value,
    stage.is_complete
from {{ ref('metric_value').include(database=false) }} as stage
left join {{ ref('metric_equity').include(database=false) }} as gap
    on
        stage.metric_id = gap.metric_id
        and stage.definition_version = gap.definition_version
        and stage.cohort_year = gap.cohort_year
        and stage.attribution = gap.attribution
        and stage.region_id = gap.region_id
        and stage.dimension = gap.dimension
        and stage.dimension_value = gap.dimension_value
        and stage.student_group = gap.student_group
        and stage.student_group_value = gap.student_group_value
        and gap.equity_method = 'ppg1_2022'
where list_contains({{ stages }}, stage.metric_id)
