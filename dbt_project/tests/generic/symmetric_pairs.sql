{#-
    What: an intersection is the same from both sides.
    When it matters: a matrix that is not symmetric counted one side of a pair otherwise than the other.
    How to resolve: check the join that pairs them.
-#}
{% test symmetric_pairs(model, cell, one, other, counts) %}

select here.*
from {{ model }} as here
left join {{ model }} as there
    on
        {% for column in cell %}
        here.{{ column }} = there.{{ column }} and
        {% endfor %}
        here.{{ one }} = there.{{ other }}
        and here.{{ other }} = there.{{ one }}
where
    {% for count in counts %}
    here.{{ count }} is distinct from there.{{ count }}
    {% if not loop.last %}or{% endif %}
    {% endfor %}

{% endtest %}
