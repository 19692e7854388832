{#- Schemas are named exactly as in dbt_project.yml (marts, metrics, ...), without the target's name in front. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro -%}
