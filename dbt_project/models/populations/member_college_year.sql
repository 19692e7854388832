{{ config(materialized='view') }}

{{ list_members('college_year') }}
