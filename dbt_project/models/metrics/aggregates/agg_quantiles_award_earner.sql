{{ config(materialized='table') }}

{{ measure_metrics('award_earner') }}
