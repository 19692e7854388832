{#-
    What: of the counts of every metric in every cell, the rate or mean lies inside the interval that metric_value
    computes, a rate between 0 and 1 and never without one, and a mean has both ends or none.
    When it matters: an interval that misses its own value came from other people than the value did.
    How to resolve: see the counts of the row in agg_counts, and the interval macros of macros/statistics.sql.
-#}
{{ config(meta={'by_row': true, 'dagster': {'ref': {'name': 'agg_counts_ninth_grade_cohort'}}}) }}
-- Of stored counts, a pass over each cohort: through metric_value, whose joins come with it, it took 3.6 CPU s and 1.8 GB.
{% for cohort in cohorts() %}
{% set columns = count_columns(cohort) %}
select
    '{{ cohort }}' as cohort,
    attribution,
    region_id,
    cohort_year,
    dimension,
    dimension_value,
    student_group,
    student_group_value
from (
    select
        * exclude ({{ columns.values() | join(', ') }}),
        {% for column in columns.values() if not column.split('__')[-1].startswith('amount') %}
        cast({{ column }} as bigint) as {{ column }},
        {% endfor %}
        {% for column in columns.values() if column.split('__')[-1].startswith('amount') %}
        {{ column }},
        {% endfor %}
    from {{ ref('agg_counts_' ~ cohort) }}
) as counts
where
    {% for metric in metrics_of(cohort) if metric.statistic in ['rate', 'mean'] %}
    {% set count = {} %}
    {% for name, sql in metric_counts(metric).items() %}{% do count.update({name: columns[sql]}) %}{% endfor %}
    {% if metric.statistic == 'rate' %}
    {% set successes, n = count.n_numerator, count.n_in_statistic %}
    (
        {{ n }} > 0
        and (
            {{ successes }} / {{ n }} between 0 and 1
            -- The ends are computed by other arithmetic than the value: allow the last bits of a double.
            and {{ wilson_low(successes, n) }} <= {{ successes }} / {{ n }} + 1e-9
            and {{ wilson_high(successes, n) }} >= {{ successes }} / {{ n }} - 1e-9
        ) is not true
    )
    {% else %}
    {% set n, mean = count.n_in_statistic, '(' ~ count.amount_sum ~ ' / nullif(' ~ count.n_in_statistic ~ ', 0))' %}
    {% set error = standard_error(count.amount_sum, count.amount_square_sum, n) %}
    {% set skew = skewness(count.amount_sum, count.amount_square_sum, count.amount_cube_sum, n, error) %}
    {% set low, high = mean_bound('-', mean, error, skew, n), mean_bound('+', mean, error, skew, n) %}
    ({{ low }}) > {{ mean }} + 1e-9 or ({{ high }}) < {{ mean }} - 1e-9 or (({{ low }}) is null) <> (({{ high }}) is null)
    {% endif %}
    {{ 'or' if not loop.last }}
    {% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
