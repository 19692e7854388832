{#-
    What: the groups of one type add up to 'all', cell by cell and count by count.
    When it matters: groups of a type do not overlap and leave nobody out; a difference means that people were lost or
    doubled on the way into groups, and every gap between groups is then suspect.
    How to resolve: brg_person_group must give each person exactly one code per type; of the types in `partial`, at most
    one, since who has no high school record is in no program.
-#}
{% test parts_sum_to_whole(model, cell, part_type, counts=none, partial=[]) %}
{%- if counts is none -%}
    {#- Every column that is not of a cell; before a first build there is no table, and no column. -#}
    {%- set counts = adapter.get_columns_in_relation(model) | map(attribute='name')
        | reject('in', cell + [part_type, part_type ~ '_value']) | list if execute else [part_type] -%}
{%- endif %}

-- A number represents the columns of a cell: a quarter of the time for 29 million rows. Counts are whole numbers, and
-- compared as lists: 118 comparisons joined by `or` took 50 times as long where each had a case, and 183 took 4 GB.
{{ config(meta={'made_by': cell}) }}
with part as (
    select
        hash({{ cell | join(', ') }}) as print,
        {{ part_type }},
        {{ part_type }} in ('{{ (partial + ['']) | join("', '") }}') as is_partial,
        [
            {% for count in counts %}
            cast(sum({{ count }}) as bigint){{ ',' if not loop.last }}
            {% endfor %}
        ] as counts
    from {{ model }}
    group by print, {{ part_type }}
),

off as (
    select part.print
    from part
    inner join part as whole
        on
            part.print = whole.print
            and whole.{{ part_type }} = 'all'
    where
        not part.is_partial and part.counts is distinct from whole.counts
        or part.is_partial and len(list_filter(list_zip(part.counts, whole.counts), lambda pair: pair[1] > pair[2])) > 0
)

select *
from {{ model }}
where hash({{ cell | join(', ') }}) in (select print from off)

{% endtest %}
