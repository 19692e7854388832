{{ config(materialized='table') }}

{{ measure_metrics('exiter') }}
