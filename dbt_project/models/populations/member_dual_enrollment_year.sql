{{ config(materialized='view') }}

{{ list_members('dual_enrollment_year') }}
