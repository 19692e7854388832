{#- Schemas are named exactly as in dbt_project.yml (marts, metrics, ...), without the target's name in front. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro -%}

{#- Files of a build have names; Spark's relations have none. -#}
{%- macro generate_database_name(custom_database_name, node) -%}
    {%- if target.type == 'spark' -%}{{ return(none) }}{%- endif -%}
    {{ (custom_database_name or target.database) | trim }}
{%- endmacro -%}
