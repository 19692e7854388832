{% set words = [
    'metric_id', 'definition_version', 'metric_name', 'catalogue_id', 'family', 'meaning', 'numerator', 'denominator',
    'time_rule', 'exclusions', 'unit', 'statistic', 'cohort_basis', 'population', 'denominator_sql', 'statistic_sql',
    'numerator_sql', 'amount_sql', 'outcome_feed', 'confirming_feed', 'source', 'source_metric_id', 'caveats',
] %}
{% for metric in catalogue() %}
select
    {% for word in words %}
    {{ dbt.string_literal(metric[word] | string | replace("'", "''")) if metric.get(word) is not none else 'null' }} as {{ word }},
    {% endfor %}
    {{ metric.region_bases }} as region_bases,
    {{ metric.follow_up_months }} as follow_up_months,
    {{ metric.get('confirming_months', 'null') }} as confirming_months,
    {{ metric.get('lookback_years', 'null') }} as lookback_years,
    cast('{{ metric.effective_from }}' as date) as effective_from,
    {{ "cast('" ~ metric.effective_to ~ "' as date)" if metric.get('effective_to') else 'cast(null as date)' }} as effective_to
{{ 'union all' if not loop.last }}
{% endfor %}
