{{ config(materialized='table') }}

select
    person_id,
    quarter,
    quarter_index,
    cast(sum(quarterly_wages_usd) as decimal(14, 2)) as quarterly_wages_usd,
    count(distinct employer_account) as employer_count
from {{ ref('stg_wage') }}
group by person_id, quarter, quarter_index
