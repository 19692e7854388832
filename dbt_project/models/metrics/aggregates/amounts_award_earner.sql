{{ config(schema='counted', database='unreleased') }}

{{ count_amounts('award_earner') }}
