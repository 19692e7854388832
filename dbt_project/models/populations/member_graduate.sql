{{ config(materialized='view') }}

{{ list_members('graduate') }}
