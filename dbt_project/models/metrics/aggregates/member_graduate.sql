{{ config(schema='cohorts') }}

{{ list_members('graduate') }}
