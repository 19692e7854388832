{#-
    What: in every cell, each count of a metric is part of a wider one: numerator of statistic, statistic of members and of
    those who can be matched, what is held by exact evidence of all.
    When it matters: a rate above 100 % is visible, but the same mistake at 60 % is not; coverage is read as a funnel, in
    which a wider later stage means that people without a usable number were matched anyway.
    How to resolve: in the catalog, the numerator's condition includes people outside the cohort; or see is_matchable and
    is_matched in int_college__cte_exiter.
-#}
{% test counts_of_each_metric_nested(model) %}

{{ config(meta={'by_row': true}) }}
{%- set cohort = model.identifier | replace('agg_counts_', '') -%}
{%- set columns = count_columns(cohort) -%}
{%- set wider = [] -%}
{%- for metric in metrics_of(cohort) -%}
    {%- set counts = metric_counts(metric) -%}
    {%- for part, whole in [
        ('n_in_statistic', 'n_members'), ('n_in_statistic', 'n_matchable'), ('n_matchable', 'n_members'),
        ('n_matched', 'n_matchable'), ('n_numerator', 'n_in_statistic'), ('n_in_statistic_exact_match', 'n_in_statistic'),
        ('n_numerator_exact_match', 'n_numerator'), ('n_numerator_exact_match', 'n_in_statistic_exact_match'),
    ] if part in counts and whole in counts -%}
        {%- do wider.append(columns[counts[part]] ~ ' > ' ~ columns[counts[whole]]) -%}
    {%- endfor -%}
{%- endfor %}

select *
from {{ model }}
where
    {{ wider | unique | join('\n    or ') }}

{% endtest %}
