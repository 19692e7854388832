{{ config(materialized='view') }}

with member as (
    {% for cohort in cohorts() %}
    select * from {{ ref('member_' ~ cohort).include(database=false) }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}
)

select * exclude (served_before)
from (
    {{ by_dimension('member') }}
)
