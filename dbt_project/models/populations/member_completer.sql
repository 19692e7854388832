{{ config(materialized='view') }}

{{ list_members('completer') }}
