{{ config(schema='cohorts') }}

{{ list_members('graduate_outcome') }}
