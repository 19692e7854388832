{{ config(materialized='table') }}

{{ count_metrics('dual_enrollment_year') }}
