{#-
    What: nobody counts in a numerator who is not in the denominator.
    When it matters: a rate above 100 % is visible, but the same mistake at 60 % is not; this catches its extreme.
    How to resolve: in the catalog, the numerator's condition includes people outside the cohort.
-#}
{% test numerator_not_above_denominator(model, numerator, denominator) %}

{{ config(meta={'by_row': true}) }}

select *
from {{ model }}
where {{ numerator }} > {{ denominator }} or {{ numerator }} < 0 or {{ denominator }} < 0

{% endtest %}
