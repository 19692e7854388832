{{ config(schema='cohorts') }}

{{ list_members('college_entrant') }}
