{#-
    What: rates are shares, from 0 to 1, never percentages.
    When it matters: a reader who multiplies by 100 would print 4,000 %.
    How to resolve: fix the value where it is computed; do not clamp it.
-#}
{% test rate_between_0_and_1(model, column, where_rate) %}

select *
from {{ model }}
where {{ where_rate }} and {{ column }} not between 0 and 1

{% endtest %}
