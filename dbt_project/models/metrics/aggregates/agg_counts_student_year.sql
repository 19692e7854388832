{{ config(materialized='table') }}

{{ count_metrics('student_year') }}
