{#-
    Building on Spark (docs/scale.md). A model's SQL is DuckDB's: what stands behind the mark is translated as it is sent
    (pipelines/spark).
-#}

{%- macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    create table {{ relation }}
    using {{ config.get('file_format', 'parquet') }}
    {{ location_clause() }}
    as /* duckdb */
    {% if config.get('contract').enforced -%}
        {{ get_select_subquery(compiled_code) }}
    {%- else -%}
        {{ compiled_code }}
    {%- endif -%}
{%- endmacro -%}

{#- The contract: its columns, each in its type. A model that lacks one fails; the target `build` holds their types. -#}
{%- macro spark__get_select_subquery(sql) -%}
    select
        {% for name, column in model.columns.items() -%}
        cast(model.{{ name }} as {{ column.data_type }}) as {{ name }}{{ ', ' if not loop.last }}
        {% endfor %}
    from ({{ sql }}) as model
{%- endmacro -%}

{#- Rows of a seed in one statement, in the types that it names. -#}
{%- macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set sql -%}
    create table {{ this.render() }} using {{ config.get('file_format', 'parquet') }} as /* duckdb */
    select
        {% for name in agate_table.column_names -%}
        cast({{ name }} as {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}) as {{ name }}{{ ', ' if not loop.last }}
        {% endfor %}
    from (values
        {% for row in agate_table.rows -%}
        (
            {%- for value in row -%}
            {{ 'null' if value is none else "'" ~ (value | string | replace("'", "''")) ~ "'" }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ', ' if not loop.last }}
        {% endfor %}
    ) as seed ({{ agate_table.column_names | join(', ') }})
    {%- endset -%}
    {%- call statement('seed') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{%- endmacro -%}

{%- macro spark__load_csv_rows(model, agate_table) -%}{{ return('') }}{%- endmacro -%}

{%- macro spark__create_view_as(relation, sql) -%}
    create or replace view {{ relation }} as /* duckdb */
    {% if config.get('contract').enforced -%}
        {{ get_select_subquery(sql) }}
    {%- else -%}
        {{ sql }}
    {%- endif -%}
{%- endmacro -%}

{#- Parquet has no constraints: what is written is checked instead. -#}
{%- macro spark__persist_constraints(relation, model) -%}{%- endmacro -%}

{%- macro check_primary_key() -%}
    {%- if execute and target.type == 'spark' -%}
        {%- for constraint in model.constraints if constraint.type == 'primary_key' -%}
            select error('{{ model.name }}: two rows share {{ constraint.columns | join(", ") }}')
            from (select count(*) as n_rows from {{ this }} group by {{ constraint.columns | join(', ') }}) as counted
            where n_rows > 1
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
