{{ config(materialized='table') }}

{{ count_metrics('journey') }}
