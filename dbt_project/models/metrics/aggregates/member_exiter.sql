{{ config(schema='cohorts') }}

{{ list_members('exiter') }}
