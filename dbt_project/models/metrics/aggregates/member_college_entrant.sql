{{ config(schema='populations') }}

{{ list_members('college_entrant') }}
