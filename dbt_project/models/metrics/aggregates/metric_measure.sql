{% for cohort in cohorts_with_amounts() %}
select * from {{ ref('measure_' ~ cohort) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
