{#-
    What: an interval has its value inside, and has both ends or none.
    When it matters: an interval that misses its own value came from other rows than the value did.
    How to resolve: compare the arguments that metric_value hands to the value and to the interval macros.
-#}
{% test interval_contains_value(model, low, value, high) %}

select *
from {{ model }}
where
    -- The ends are computed by other arithmetic than the value: allow the last bits of a double.
    {{ value }} < {{ low }} - 1e-9
    or {{ value }} > {{ high }} + 1e-9
    or ({{ value }} is null) <> ({{ low }} is null)
    or ({{ value }} is null) <> ({{ high }} is null)

{% endtest %}
