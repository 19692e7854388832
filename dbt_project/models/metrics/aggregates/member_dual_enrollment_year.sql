{{ config(schema='populations') }}

{{ list_members('dual_enrollment_year') }}
