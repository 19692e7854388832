{{ config(materialized='view') }}

{{ list_members('exiter') }}
