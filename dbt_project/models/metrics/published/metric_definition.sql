{% set words = [
    'metric_id', 'definition_version', 'metric_name', 'catalog_id', 'family', 'computed_in', 'meaning', 'numerator',
    'denominator', 'time_rule', 'exclusions', 'unit', 'statistic', 'cohort', 'cohort_basis', 'denominator_sql',
    'statistic_sql', 'numerator_sql', 'amount_sql', 'outcome_feed', 'confirming_feed', 'source', 'source_metric_id',
    'caveats',
] %}
{% set sentences = ['exclusions', 'caveats'] %}
{% set counts = ['follow_up_months', 'confirming_months', 'lookback_years'] %}
{% set shared = catalog_meta('metric_equity') if execute else {'comparisons': []} %}
{% set entries = metric_versions(shared.comparisons, shared.get('comparison_defaults', {})) %}
{% for cohort in cohorts() %}{% do entries.extend(metrics_of(cohort)) %}{% endfor %}

with definition as (
    select *
    from (
        values
        {% for entry in entries %}
        {% set metric = dict({'family': 'equity', 'computed_in': 'metrics.metric_value', 'attributions': []}, **entry) %}
        (
            {% for word in words %}
            {% set text = metric.get(word) %}
            {% if word in sentences %}
            [
                {% for sentence in ([text] if text is string else text or []) %}
                '{{ sentence | replace("'", "''") }}'{{ ',' if not loop.last }}
                {% endfor %}
            ],
            {% else %}
            {{ "cast(null as varchar)" if text is none else "'" ~ text | string | replace("'", "''") ~ "'" }},
            {% endif %}
            {% endfor %}
            cast({{ metric.attributions }} as varchar []),
            {{ metric.get('is_favorable', true) | string | lower }},
            {% for count in counts %}
            cast({{ metric.get(count, 'null') }} as integer),
            {% endfor %}
            cast('{{ metric.effective_from }}' as date),
            cast({{ "'" ~ metric.effective_to ~ "'" if metric.get('effective_to') else 'null' }} as date)
        ){{ ',' if not loop.last }}
        {% endfor %}
    ) as entry (
        {{ words | join(', ') }}, attributions, is_favorable, {{ counts | join(', ') }}, effective_from, effective_to
    )
),

-- A caveat that many metrics share is a key of the seed, in which a name in braces stands for a variable of the project.
caveat as (
    {% set text = namespace(sql='caveat') %}
    {% for name, value in catalog_vars().items() %}
    {% set text.sql = "replace(" ~ text.sql ~ ", '{" ~ name ~ "}', '" ~ value ~ "')" %}
    {% endfor %}
    select map(list(caveat_key), list({{ text.sql }})) as texts
    from {{ ref('caveat') }}
)

select
    definition.* replace (
        {% for word in sentences %}
        array_to_string(
            list_transform(definition.{{ word }}, lambda sentence: coalesce(caveat.texts[sentence], sentence)), ' '
        )
        {%- if word == 'caveats' and var('is_roll_up') %}
        || case
            when definition.statistic in ('p25', 'median', 'p75')
                then
                    ' Amounts of a cell with more than {{ var("most_exact_amounts") }} of them in a shard are rounded by'
                    || ' at most {{ var("largest_amount_error") * 100 }} %, and this value is off by no more.'
            else ''
        end
        {%- endif %} as {{ word }}{{ ',' if not loop.last }}
        {% endfor %}
    ),
    headline.metric_id is not null as is_headline
from definition
cross join caveat
left join {{ ref('leadership_metric') }} as headline
    on
        definition.metric_id = headline.metric_id
        and definition.definition_version = headline.definition_version
