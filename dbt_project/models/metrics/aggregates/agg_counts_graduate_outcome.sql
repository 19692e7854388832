{{ config(materialized='table') }}

{{ count_metrics('graduate_outcome') }}
