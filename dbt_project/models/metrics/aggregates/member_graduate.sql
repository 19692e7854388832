{{ config(schema='populations') }}

{{ list_members('graduate') }}
