{{ config(schema='cohorts') }}

{{ list_members('journey') }}
