{% for cohort in cohorts() %}
select * from {{ ref('agg_counts_' ~ cohort) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
