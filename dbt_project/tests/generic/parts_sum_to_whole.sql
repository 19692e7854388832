{#-
    What: the groups of one type add up to 'all', cell by cell and count by count.
    When it matters: groups of a type do not overlap and leave nobody out; a difference means that people were lost or
    doubled on the way into groups, and every gap between groups is then suspect.
    How to resolve: brg_person_group must give each person exactly one code per type.
-#}
{% test parts_sum_to_whole(model, cell, part_type, counts) %}

with part as (
    select
        {{ cell | join(', ') }},
        {{ part_type }},
        {% for count in counts %}
        sum({{ count }}) as {{ count }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ model }}
    group by {{ cell | join(', ') }}, {{ part_type }}
)

select part.*
from part
inner join part as whole
    on
        {% for column in cell %}
        part.{{ column }} = whole.{{ column }} and
        {% endfor %}
        whole.{{ part_type }} = 'all'
where
    {% for count in counts %}
    part.{{ count }} is distinct from whole.{{ count }}
    {% if not loop.last %}or{% endif %}
    {% endfor %}

{% endtest %}
