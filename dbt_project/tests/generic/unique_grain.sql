{#-
    What: the columns identify a row, and none of them is null.
    When it matters: a doubled person counts twice in every metric downstream. Tables with an enforced primary key do
    not need this test; seeds, views and intermediate tables do.
    How to resolve: look at the doubled keys it returns; in a model, the last join multiplied rows, or its key is
    missing a column of the grain.
-#}
{% test unique_grain(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for column in columns %}
    or {{ column }} is null
    {% endfor %}

{% endtest %}
