{{ config(materialized='view') }}

{{ list_members('ninth_grade_cohort') }}
