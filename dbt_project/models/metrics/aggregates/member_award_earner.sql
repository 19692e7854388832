{{ config(schema='populations') }}

{{ list_members('award_earner') }}
