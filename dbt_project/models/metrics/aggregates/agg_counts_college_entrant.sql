{{ config(materialized='table') }}

{{ count_metrics('college_entrant') }}
