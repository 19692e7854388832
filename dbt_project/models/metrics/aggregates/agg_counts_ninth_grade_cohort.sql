{{ config(materialized='table') }}

{{ count_metrics('ninth_grade_cohort') }}
