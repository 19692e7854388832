{{ config(schema='counted', database='unreleased') }}

{{ count_amounts('graduate_outcome') }}
