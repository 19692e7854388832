{{ config(schema='cohorts') }}

{{ list_members('award_earner') }}
