{{ config(materialized='view') }}

{{ list_members('special_admit_cohort') }}
