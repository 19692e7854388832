{% set entries = fromyaml(catalogue_unsupported()) + fromyaml(catalogue_unsupported_college()) %}
{% for metric in entries %}
select
    {% for word in ['catalogue_id', 'metric_name', 'family', 'missing_input'] %}
    '{{ metric[word] | string | replace("'", "''") }}' as {{ word }}{{ ',' if not loop.last }}
    {% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
