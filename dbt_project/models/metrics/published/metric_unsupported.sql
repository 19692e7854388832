{% for metric in (catalog_meta('metric_unsupported').unsupported if execute else []) %}
select
    {% for column, text in {
        'catalog_id': metric.catalog_id, 'metric_name': metric.label, 'family': metric.family,
        'missing_input': metric.missing_input,
    }.items() %}
    '{{ text | string | replace("'", "''") }}' as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
