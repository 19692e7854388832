{{ config(schema='populations') }}

{{ list_members('special_admit_cohort') }}
