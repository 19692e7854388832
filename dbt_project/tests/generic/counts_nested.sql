{#-
    What: each count is part of the one before it.
    When it matters: coverage counts are read as a funnel (exiters, matchable, matched); a wider later stage means that
    people without a usable number were matched anyway.
    How to resolve: see is_matchable and is_matched in int_college__cte_exiter.
-#}
{% test counts_nested(model, columns) %}

select *
from {{ model }}
where
    {% for column in columns[1:] %}
    {{ column }} > {{ columns[loop.index0] }}
    {% if not loop.last %}or{% endif %}
    {% endfor %}

{% endtest %}
