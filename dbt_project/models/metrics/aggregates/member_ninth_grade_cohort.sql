{{ config(schema='populations') }}

{{ list_members('ninth_grade_cohort') }}
