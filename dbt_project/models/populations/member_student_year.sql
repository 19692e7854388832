{{ config(materialized='view') }}

{{ list_members('student_year') }}
