{{ config(materialized='table') }}

select max(last_period_end_date) as as_of_date
from {{ ref('int_feed__data_through') }}
