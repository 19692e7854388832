{% for cohort in cohorts() %}
{{ narrow_counts(cohort) }}
{{ 'union all' if not loop.last }}
{% endfor %}
