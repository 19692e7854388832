{% set words = [
    'metric_id', 'definition_version', 'metric_name', 'catalogue_id', 'family', 'computed_in', 'meaning', 'numerator',
    'denominator', 'time_rule', 'exclusions', 'unit', 'statistic', 'population', 'cohort_basis', 'denominator_sql',
    'statistic_sql', 'numerator_sql', 'amount_sql', 'outcome_feed', 'confirming_feed', 'source', 'source_metric_id',
    'caveats',
] %}
{% for entry in catalogue() + versions_of(catalogue_equity()) %}
{% set metric = dict({'family': 'equity', 'computed_in': 'metrics.metric_value', 'region_bases': []}, **entry) %}
select
    {% for word in words %}
    {% set text = metric.get(word) %}
    {{ "cast(null as varchar)" if text is none else "'" ~ text | string | replace("'", "''") ~ "'" }} as {{ word }},
    {% endfor %}
    cast({{ metric.region_bases }} as varchar []) as region_bases,
    {{ metric.get('is_favorable', true) | string | lower }} as is_favorable,
    {{ metric.get('is_headline', false) | string | lower }} as is_headline,
    {% for count in ['follow_up_months', 'confirming_months', 'lookback_years'] %}
    cast({{ metric.get(count, 'null') }} as integer) as {{ count }},
    {% endfor %}
    cast('{{ metric.effective_from }}' as date) as effective_from,
    cast({{ "'" ~ metric.effective_to ~ "'" if metric.get('effective_to') else 'null' }} as date) as effective_to
{{ 'union all' if not loop.last }}
{% endfor %}
