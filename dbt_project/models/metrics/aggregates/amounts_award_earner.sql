{{ config(schema='counted') }}

{{ count_amounts('award_earner') }}
