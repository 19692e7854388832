{#-
    What: an interval has its value inside, and both ends or none; where the method always gives one, every value has
    it. A count has none, nor a mean of a single amount. A rate is a share from 0 to 1, never a percentage.
    When it matters: an interval that misses its own value came from other rows than the value did.
    How to resolve: compare the arguments that metric_value hands to the value and to the interval macros.
-#}
{% test interval_contains_value(model, low, value, high, where_every_value_has_one='true', where_rate='false') %}

{{ config(meta={'by_row': true}) }}

select *
from {{ model }}
where
    -- The ends are computed by other arithmetic than the value: allow the last bits of a double.
    {{ value }} < {{ low }} - 1e-9
    or {{ value }} > {{ high }} + 1e-9
    or ({{ low }} is null) <> ({{ high }} is null)
    or ({{ value }} is null and {{ low }} is not null)
    or ({{ value }} is not null and {{ low }} is null and {{ where_every_value_has_one }})
    or ({{ where_rate }} and {{ value }} not between 0 and 1)

{% endtest %}
