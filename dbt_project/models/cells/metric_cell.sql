{% for population in populations() %}
select * from {{ ref('count_' ~ population) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
