-- Of each metric, the feeds that it reads and how far around its cohort's year each must reach.
{% set windows = [] %}
{% for cohort in cohorts() %}
{% for metric in metrics_of(cohort) if metric is mapping %}
{% for feed, window in feed_windows(metric).items() %}
{% do windows.append([metric, feed, window]) %}
{% endfor %}
{% endfor %}
{% endfor %}
{% for metric, feed, window in windows %}
select
    '{{ metric.metric_id }}' as metric_id,
    '{{ metric.definition_version }}' as definition_version,
    '{{ feed }}' as feed,
    {{ window.before }} as years_before,
    {{ window.after }} as months_after,
    {{ window.is_exit | string | lower }} as is_exit
{{ 'union all' if not loop.last }}
{% endfor %}
