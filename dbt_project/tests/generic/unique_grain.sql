{#-
    What: the columns identify a row, and none of them is null.
    When it matters: a doubled person counts twice in every metric downstream. Tables with an enforced primary key do
    not need this test; seeds, views and intermediate tables do.
    How to resolve: see the doubled keys it returns; in a model, the last join multiplied rows, or its key is
    missing a column of the grain.
-#}
{% test unique_grain(model, columns) %}

-- Grouping by one number takes a third of the time and a fraction of the memory; equal keys have equal numbers, and
-- rows that share a number are compared in full. Where none does, the second pass reads nothing.
{{ config(meta={'made_by': columns}) }}
with shared as (
    select hash({{ columns | join(', ') }}) as print
    from {{ model }}
    group by print
    having count(*) > 1 or bool_or({{ columns | join(' is null or ') }} is null)
)

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
where hash({{ columns | join(', ') }}) in (select print from shared)
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for column in columns %}
    or {{ column }} is null
    {% endfor %}

{% endtest %}
