{{ config(schema='cohorts') }}

{{ list_members('student_year') }}
