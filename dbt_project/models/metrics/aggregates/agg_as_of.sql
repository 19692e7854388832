{{ config(materialized='table') }}

select
    max(last_period_end_date) as as_of_date,
    (select coalesce(bool_or(is_bridged), false) from {{ ref('int_person__attribute') }}) as is_bridged
from {{ ref('int_feed__data_through') }}
