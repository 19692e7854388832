{{ config(materialized='view') }}

{{ list_members('award_earner') }}
