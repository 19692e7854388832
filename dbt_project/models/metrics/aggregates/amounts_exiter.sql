{{ config(schema='counted', database='unreleased') }}

{{ count_amounts('exiter') }}
