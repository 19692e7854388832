{#-
    What: every value of these columns is in the table that it refers to: `table`, where the column has the same name, or
    `table.column`. Empty is allowed, and 'all' where the column may say so.
    When it matters: a row that refers to nothing drops out of every join, and its people out of the count.
    How to resolve: it returns each reference with its rows; see which model leaves out the row that they refer to.
-#}
{% test references_exist(model, to, may_be_all=[]) %}

{% for column, place in to.items() %}
{%- set table, key = (place ~ '.' ~ column).split('.')[:2] -%}
select
    '{{ column }} is not in {{ table }}' as finding,
    count(*) as row_count
from {{ model }} as here
anti join {{ ref(table) }} as there
    on here.{{ column }} = there.{{ key }}
where here.{{ column }} is not null{% if column in may_be_all %} and here.{{ column }} <> 'all'{% endif %}
having count(*) > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}

{% endtest %}
