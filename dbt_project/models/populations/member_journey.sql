{{ config(materialized='view') }}

{{ list_members('journey') }}
