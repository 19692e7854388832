{{ config(schema='populations') }}

{{ list_members('journey') }}
