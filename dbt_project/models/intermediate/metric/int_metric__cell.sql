{% for population in populations() %}
select * from {{ ref('int_metric__count_' ~ population) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
