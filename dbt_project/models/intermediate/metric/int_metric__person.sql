{{ config(materialized='table') }}

{#-
    Every metric is one small select: who is in the population, what counts, by when. To add one, add its model here,
    its row to the seed metric_definition, and a hand-worked case to unit_tests.yml.
-#}
{% set metrics = [
    'four_year_graduation_rate',
    'dual_enrollment_participation_rate',
    'cte_completion_rate',
    'college_going_rate',
    'dual_enrollment_matriculation_rate',
    'pathway_completion_rate',
    'credential_attainment_rate',
    'employed_second_quarter_rate',
    'median_quarterly_earnings_usd',
    'median_annual_earnings_usd',
    'living_wage_rate',
] %}

with member as (
    -- By name: a metric names only the columns it has something to say about, the others stay null.
    {% for metric in metrics %}
    select * from {{ ref('int_metric__' ~ metric) }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
)

select
    metric_id,
    definition_version,
    cohort_year,
    person_id,
    institution_id,
    pathway_sector_code,
    is_numerator,
    amount,
    is_matchable,
    is_matched,
    -- Without a wage match to lose people in, everybody in the population is in the statistic.
    coalesce(is_in_statistic, true) as is_in_statistic
from member
