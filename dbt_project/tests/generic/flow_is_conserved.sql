{#-
    What: everybody who comes into a state of a stage leaves it for a state of the next.
    When it matters: a Sankey diagram whose boxes lose or gain people shows nothing.
    How to resolve: cohort_journey must give each person one state of every stage.
-#}
{% test flow_is_conserved(model) %}

with coming as (
    select
        cohort_year, region_id, dimension, dimension_value, student_group, student_group_value,
        to_stage as stage,
        to_state as state,
        sum(n_people) as n_people
    from {{ model }}
    group by all
),

going as (
    select
        cohort_year, region_id, dimension, dimension_value, student_group, student_group_value,
        from_stage as stage,
        from_state as state,
        sum(n_people) as n_people
    from {{ model }}
    group by all
)

select coming.*
from coming
left join going
    on
        coming.cohort_year = going.cohort_year
        and coming.region_id = going.region_id
        and coming.dimension = going.dimension
        and coming.dimension_value = going.dimension_value
        and coming.student_group = going.student_group
        and coming.student_group_value = going.student_group_value
        and coming.stage = going.stage
        and coming.state = going.state
where coming.stage <> 'earnings' and coming.n_people is distinct from going.n_people

{% endtest %}
