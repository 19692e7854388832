{{ config(schema='cohorts') }}

{{ list_members('completer') }}
