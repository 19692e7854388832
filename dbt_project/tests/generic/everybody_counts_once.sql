{#-
    What: every person of a cohort has exactly one row under the dimension 'all'.
    When it matters: a person without it drops out of the statewide number, one with two counts twice.
    How to resolve: the cohort's rows of other dimensions must come from those of 'all', never from a wider source.
-#}
{% test everybody_counts_once(model) %}

select
    person_id,
    cohort_year
from {{ model }}
group by person_id, cohort_year
having count(*) filter (where dimension = 'all' and dimension_value = 'all') <> 1

{% endtest %}
