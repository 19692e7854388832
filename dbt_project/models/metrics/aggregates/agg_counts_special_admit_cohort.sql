{{ config(materialized='table') }}

{{ count_metrics('special_admit_cohort') }}
