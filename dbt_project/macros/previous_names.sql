{#-
    Views of released tables under the names of version 0.1, in a schema named <schema>_v1: metrics_v1.metric_value has
    lens_type where metrics.metric_value has dimension. They ship with 0.2 and 0.3; version 0.4 drops them.
-#}
{%- macro previous_columns() -%}
    {{ return({
        'dimension': 'lens_type', 'dimension_value': 'lens_code',
        'student_group': 'group_type', 'student_group_value': 'group_code',
        'gap_student_group': 'gap_group_type', 'gap_student_group_value': 'gap_group_code',
        'attribution': 'region_basis', 'attributions': 'region_bases',
        'n_cohort': 'n_exiters', 'cohort': 'population', 'is_current': 'is_in_force', 'catalog_id': 'catalogue_id',
        'numerator_exact_match': 'numerator_certain', 'denominator_exact_match': 'denominator_certain',
    }) }}
{%- endmacro -%}

{%- macro previous_schemas() -%}
    {{ return({'marts': 'marts_v1', 'cohorts': 'populations_v1', 'metrics': 'metrics_v1', 'quality': 'quality_v1'}) }}
{%- endmacro -%}

{%- macro previous_table(table) -%}
    {%- set renamed = {'fct_wage': 'fct_quarterly_wage', 'person_dimension': 'person_lens'} -%}
    {{ return(renamed.get(table, table | replace('cohort_', 'pop_', 1) if table.startswith('cohort_') else table)) }}
{%- endmacro -%}

{#- Columns that version 0.1 had and a release has no more, as they led back to a delivery: null in the views. -#}
{%- macro gone_columns(table, columns) -%}
    {%- set gone = {'submitter': 'varchar', 'row_number': 'bigint'} if 'record_id' in columns else {} -%}
    {%- do gone.update({
        'fct_credential': {'award_id': 'varchar', 'credential_title': 'varchar'},
        'fct_k12_pathway': {'industry_certification_name': 'varchar'},
        'fct_work_based_learning': {'opportunity_id': 'varchar'},
    }.get(table, {})) -%}
    {{ return(gone) }}
{%- endmacro -%}

{%- macro views_of_previous_names() -%}
    {%- if execute and target.type == 'duckdb' and flags.WHICH in ['build', 'run'] -%}
        {%- set tables = run_query("
            select schema_name, table_name, string_agg(column_name, ' ' order by column_index)
            from duckdb_columns()
            where
                database_name = current_database() and schema_name in ('" ~ previous_schemas() | join("', '") ~ "')
                -- Views for people are newer.
                and table_name not in ('headline', 'by_region', 'by_group')
            group by schema_name, table_name
        ") -%}
        {%- for schema, table, names in tables.rows -%}
            {%- set columns = names.split() -%}
            {%- set previous = previous_table(table) -%}
            {%- set gone = gone_columns(table, columns) -%}
            {%- if previous != table or gone or columns | select('in', previous_columns()) | list -%}
                {%- set view = previous_schemas()[schema] ~ '.' ~ previous -%}
                create schema if not exists {{ previous_schemas()[schema] }};
                create or replace view {{ view }} as
                select
                    {% for column in columns -%}
                    {{ column }} as {{ previous_columns().get(column, column) }}{{ ', ' if not loop.last }}
                    {%- endfor %}
                    {%- for column, type in gone.items() %}, cast(null as {{ type }}) as {{ column }}{% endfor %}
                from {{ schema }}.{{ table }};
                comment on view {{ view }} is
                '{{ schema }}.{{ table }} under the names of version 0.1. Version 0.4 drops this view.';
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
