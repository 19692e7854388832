{#-
    How a table is stored: records and people in the order of their ids, which no delivery had; and a primary key as a
    check of what is written. An index of the keys would be a third of a release and have to be copied with it.
-#}
{%- macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set ids = ['record_id', 'person_id'] | select('in', model.columns) | list -%}
    {%- set ordered = ids and not temporary and model.database == target.database -%}
    {{ dbt.duckdb__create_table_as(
        temporary, relation,
        'select * from (' ~ compiled_code ~ ') order by ' ~ ids[0] if ordered else compiled_code,
        language
    ) }}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' and not temporary %}
    {%- set key = constraint.columns | join(', ') %}
    select error('{{ model.name }}: two rows share {{ key }}')
    from {{ relation }}
    group by {{ key }}
    having count(*) > 1;
    {%- endfor %}
{%- endmacro -%}

{%- macro duckdb__get_table_columns_and_constraints() -%}
    {%- set keys = model.constraints | selectattr('type', 'equalto', 'primary_key') | map(attribute='columns') | sum(start=[]) -%}
    {%- set columns = {} -%}
    {%- for name, column in model.columns.items() -%}
        {%- set required = [{'type': 'not_null', 'warn_unenforced': true, 'warn_unsupported': true}] -%}
        {%- do columns.update({name: dict(column, constraints=required if name in keys else column.constraints)}) -%}
    {%- endfor -%}
    ({{ adapter.render_raw_columns_constraints(raw_columns=columns) | join(', ') }})
{%- endmacro -%}
