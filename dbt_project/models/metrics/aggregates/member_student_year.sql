{{ config(schema='populations') }}

{{ list_members('student_year') }}
