{% for cohort in cohorts() %}
select * from {{ ref('count_' ~ cohort) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
