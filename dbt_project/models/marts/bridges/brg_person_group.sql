{{ config(materialized='view') }}

{{ person_groups(ref('dim_person').include(database=false)) }}
