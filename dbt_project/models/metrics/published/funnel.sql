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
    case when stage.withheld_because is null then stage.value end as pass_rate,
    case when stage.withheld_because is null then stage.value_low end as pass_rate_low,
    case when stage.withheld_because is null then stage.value_high end as pass_rate_high,
    gap.value as ppg1_points,
    gap.is_disproportionate_impact,
    gap.q_value,
    stage.matchable_share,
    -- A stage is compared with those before it, which everybody is looked up in.
    coalesce(stage.withheld_because, gap.withheld_because) as withheld_because,
    stage.is_complete
from (
    select
        cell.*,
        {{ withheld_because('cell.matchable_share is not null', 'cell.matchable_share', 'cell.matchable_share') }}
            as withheld_because
    from {{ ref('metric_value').include(database=false) }} as cell
) as stage
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
        -- Said again of the gaps, which are otherwise computed of every metric.
        and gap.metric_id in ('{{ stages | join("', '") }}')
where stage.metric_id in ('{{ stages | join("', '") }}')
