{{ config(materialized='table') }}

{{ count_metrics('exiter') }}
