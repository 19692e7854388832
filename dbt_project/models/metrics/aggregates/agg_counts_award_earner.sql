{{ config(materialized='table') }}

{{ count_metrics('award_earner') }}
