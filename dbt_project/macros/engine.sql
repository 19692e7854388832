{#-
    What differs between the engines that a target builds on. Models are written once; an engine that lacks a thing has
    its own macro here.
-#}

{#- Whether a relation is in a lake. -#}
{%- macro is_in_lake(relation) -%}
    {{ return(adapter.type() == 'duckdb' and adapter.is_ducklake(relation)) }}
{%- endmacro -%}

{#- dbt's own, without primary keys where the engine has none: there what is written is checked. -#}
{%- macro table_columns_and_constraints() -%}
    {%- set of_columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set constraints = model['constraints'] -%}
    {%- if is_in_lake(this) -%}
        {%- set constraints = constraints | rejectattr('type', 'equalto', 'primary_key') | list -%}
    {%- endif -%}
    (
        {{ (of_columns + adapter.render_raw_model_constraints(raw_constraints=constraints)) | join(',\n        ') }}
    )
{%- endmacro -%}

{#- After a table is written to an engine without primary keys, in the same transaction. -#}
{%- macro check_primary_key() -%}
    {%- if execute and (is_in_lake(this) or target.type == 'spark') -%}
        {%- for constraint in model.constraints if constraint.type == 'primary_key' -%}
            select error('{{ model.name }}: two rows share {{ constraint.columns | join(", ") }}')
            from (select count(*) as n_rows from {{ this }} group by {{ constraint.columns | join(', ') }}) as counted
            where n_rows > 1
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- dbt-duckdb's own, but for columns of a view in a lake, which take no comments. -#}
{%- macro duckdb__alter_column_comment(relation, column_dict) -%}
    {%- if not (relation.is_view and is_in_lake(relation)) -%}
        {%- for column in adapter.get_columns_in_relation(relation) if column.name in column_dict -%}
            comment on column {{ relation }}.{{ adapter.quote(column.name) }} is
            {{ duckdb_escape_comment(column_dict[column.name]['description']) }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
