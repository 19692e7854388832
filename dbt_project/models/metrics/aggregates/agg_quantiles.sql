{% for cohort in cohorts_with_amounts() %}
select * from {{ ref('agg_quantiles_' ~ cohort).include(database=false) }}
{{ 'union all by name' if not loop.last }}
{% endfor %}
