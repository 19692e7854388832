/*
    What: every metric and version that is computed has its row in metric_definition.
    When it matters: a metric without a definition has no unit, no population and no time rule, and metric_value leaves
    it out.
    How to resolve: add the row to seeds/metric_definition.csv, or correct the name in the metric's int_metric__ model.
*/
{{ config(meta={'dagster': {'ref': {'name': 'int_metric__person'}}}) }}

select
    member.metric_id,
    member.definition_version
from (
    -- distinct: one row per metric and version out of one per person.
    select distinct
        metric_id,
        definition_version
    from {{ ref('int_metric__person') }}
) as member
left join {{ ref('metric_definition') }} as definition
    on
        member.metric_id = definition.metric_id
        and member.definition_version = definition.definition_version
where definition.metric_id is null
