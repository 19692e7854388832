{#-
    What: every person of a cohort has exactly one row under the lens 'all'.
    When it matters: a person without it drops out of the statewide number, one with two counts twice.
    How to resolve: the population's rows of other lenses must come from those of 'all', never from a wider source.
-#}
{% test everybody_counts_once(model) %}

select
    person_id,
    cohort_year
from {{ model }}
group by person_id, cohort_year
having count(*) filter (where lens_type = 'all' and lens_code = 'all') <> 1

{% endtest %}
