{{ config(schema='cohorts') }}

{{ list_members('ninth_grade_cohort') }}
