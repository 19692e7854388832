{{ config(materialized='view') }}

with member as (
    {% for population in populations() %}
    select * from {{ ref('member_' ~ population).include(database=false) }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}
)

{{ lensed('member') }}
