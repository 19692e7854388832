{#-
    What: a person of a cohort is at one home place, under every dimension.
    When it matters: with two, counts by place no longer add up to the counts of the state.
    How to resolve: the cohort must choose the home before it makes the rows of its dimensions.
-#}
{% test one_home_per_person(model) %}

select
    person_id,
    cohort_year
from {{ model }}
group by person_id, cohort_year
having count(distinct institution_id) <> 1

{% endtest %}
