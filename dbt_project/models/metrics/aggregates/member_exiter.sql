{{ config(schema='populations') }}

{{ list_members('exiter') }}
