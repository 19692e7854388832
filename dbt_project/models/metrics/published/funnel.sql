{{ config(materialized='view') }}

{% set stages = metrics_of('journey') | map(attribute='metric_id') | list %}

select
    stage.metric_id,
    stage.definition_version,
    stage.cohort_year,
    stage.region_basis,
    stage.region_scheme,
    stage.region_id,
    stage.region_name,
    stage.lens_type,
    stage.lens_code,
    stage.group_type,
    stage.group_code,
    cast(list_position({{ stages }}, stage.metric_id) as integer) as stage_number,
    stage.denominator as n_eligible,
    stage.numerator as n_reached,
    stage.value as pass_rate,
    stage.value_low as pass_rate_low,
    stage.value_high as pass_rate_high,
    gap.value as ppg1_points,
    gap.is_disproportionate_impact,
    stage.is_complete
from {{ ref('metric_value').include(database=false) }} as stage
left join {{ ref('metric_equity').include(database=false) }} as gap
    on
        stage.metric_id = gap.metric_id
        and stage.definition_version = gap.definition_version
        and stage.cohort_year = gap.cohort_year
        and stage.region_basis = gap.region_basis
        and stage.region_id = gap.region_id
        and stage.lens_type = gap.lens_type
        and stage.lens_code = gap.lens_code
        and stage.group_type = gap.group_type
        and stage.group_code = gap.group_code
        and gap.equity_method = 'ppg1_2022'
where list_contains({{ stages }}, stage.metric_id)
