{% for population in populations_with_amounts() %}
select * from {{ ref('measure_' ~ population) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
