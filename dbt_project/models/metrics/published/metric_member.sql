{{ config(materialized='view') }}

with member as (
    {% for cohort in cohorts() %}
    {% set metrics = metrics_of(cohort) %}
    select
        member.*,
        case
            {% for metric in metrics if metric.by_initiative is false %}
            when
                member.metric_id = '{{ metric.metric_id }}'
                and member.definition_version = '{{ metric.definition_version }}'
                then null
            {% endfor %}
            when true then everybody.served_before
        end as served_before
    from {{ ref('member_' ~ cohort).include(database=false) }} as member
    inner join (
        select
            person_id,
            cohort_year,
            {{ metrics[0].served_before }} as served_before
        from {{ ref('cohort_' ~ cohort).include(database=false) }}
        where dimension = 'all'
    ) as everybody
        on
            member.person_id = everybody.person_id
            and member.cohort_year = everybody.cohort_year
    {{ 'union all by name' if not loop.last }}
    {% endfor %}
)

select * exclude (served_before)
from (
    {{ by_dimension('member') }}
)
