{#-
    What: the row 'all', in which everybody counts once, is no more than the sum of its parts and no less than any.
    When it matters: more than the sum means that somebody counts twice; less than a part, that somebody was lost.
    How to resolve: the row 'all' must count distinct persons over the parts.
-#}
{% test union_within_sum(model, cell, part, counts) %}

with part as (
    select
        {{ cell | join(', ') }},
        {% for count in counts %}
        sum({{ count }}) as {{ count }}_sum,
        max({{ count }}) as {{ count }}_max{{ ',' if not loop.last }}
        {% endfor %}
    from {{ model }}
    where {{ part }} <> 'all'
    group by {{ cell | join(', ') }}
)

select whole.*
from {{ model }} as whole
left join part
    on
        {% for column in cell %}
        whole.{{ column }} = part.{{ column }}
        {{ 'and' if not loop.last }}
        {% endfor %}
where
    whole.{{ part }} = 'all'
    and (
        {% for count in counts %}
        whole.{{ count }} > coalesce(part.{{ count }}_sum, 0)
        or whole.{{ count }} < coalesce(part.{{ count }}_max, 0)
        {% if not loop.last %}or{% endif %}
        {% endfor %}
    )

{% endtest %}
