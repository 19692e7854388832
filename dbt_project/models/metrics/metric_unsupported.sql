{% for metric in fromyaml(catalogue_unsupported()) %}
select
    {% for word in ['catalogue_id', 'metric_name', 'family', 'missing_input'] %}
    '{{ metric[word] | string | replace("'", "''") }}' as {{ word }}{{ ',' if not loop.last }}
    {% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
