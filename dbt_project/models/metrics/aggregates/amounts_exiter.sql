{{ config(schema='counted') }}

{{ count_amounts('exiter') }}
