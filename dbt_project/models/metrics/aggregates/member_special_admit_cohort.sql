{{ config(schema='cohorts') }}

{{ list_members('special_admit_cohort') }}
