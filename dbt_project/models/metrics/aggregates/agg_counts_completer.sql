{{ config(materialized='table') }}

{{ count_metrics('completer') }}
