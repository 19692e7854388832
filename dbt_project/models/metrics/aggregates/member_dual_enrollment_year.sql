{{ config(schema='cohorts') }}

{{ list_members('dual_enrollment_year') }}
