{% set cell = ['attribution', 'region_id', 'cohort_year', 'dimension', 'dimension_value'] %}
{{ config(materialized='table', meta={'made_by': cell}) }}

{% set family = cell + ['cohort_basis'] %}
{% set counts = ['group_n', 'group_successes', 'everybody_n', 'everybody_successes'] %}
with tested as (
    select
        {% for column in family %}
        judged.{{ column }},
        {% endfor %}
        test.p_value,
        count(*) as n_tests
    from {{ ref('agg_judged') }} as judged
    inner join {{ ref('agg_exact_tests') }} as test using ({{ counts | join(', ') }})
    where judged.withheld_because is null and test.p_value is not null
    group by {{ family | join(', ') }}, test.p_value
),

-- One family: every tested group of every metric of a place, cohort and dimension. Of all of them, some differ by chance.
ranked as (
    select
        *,
        sum(n_tests) over (partition by {{ family | join(', ') }}) as n_comparisons,
        sum(n_tests) over (partition by {{ family | join(', ') }} order by p_value) as n_as_clear
    from tested
),

discovered as (
    select
        *,
        -- Benjamini and Hochberg 1995: the share of false findings if this one and all clearer ones are believed.
        min(p_value * n_comparisons / n_as_clear) over (
            partition by {{ family | join(', ') }}
            order by p_value rows between current row and unbounded following
        ) as q_value
    from ranked
),

family as (
    select distinct
        {{ family | join(', ') }},
        n_comparisons
    from ranked
)

select
    judged.*,
    cast(coalesce(family.n_comparisons, 0) as uinteger) as n_comparisons,
    discovered.q_value
from {{ ref('agg_judged') }} as judged
left join {{ ref('agg_exact_tests') }} as test using ({{ counts | join(', ') }})
left join family
    on
        {% for column in family %}
        judged.{{ column }} = family.{{ column }}{{ ' and' if not loop.last }}
        {% endfor %}
left join discovered
    on
        {% for column in family %}
        judged.{{ column }} = discovered.{{ column }}
        and {% endfor %}case when judged.withheld_because is null then test.p_value end = discovered.p_value
order by metric_id, definition_version, attribution, region_id, cohort_year, dimension, dimension_value, student_group
