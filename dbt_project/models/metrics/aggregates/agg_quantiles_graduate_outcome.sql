{{ config(materialized='table') }}

{{ measure_metrics('graduate_outcome') }}
