{{ config(schema='populations') }}

{{ list_members('completer') }}
