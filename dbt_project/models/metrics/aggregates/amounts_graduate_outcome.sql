{{ config(schema='counted') }}

{{ count_amounts('graduate_outcome') }}
