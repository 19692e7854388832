{{ config(materialized='table') }}

-- Four quarters, July to June. A year with a quarter that has no price index has no constant dollars.
select
    person_id,
    (quarter_index - 2) // 4 as year_start,
    count(*) as quarter_count,
    cast(sum(quarterly_wages_usd) as decimal(14, 2)) as annual_wages_usd,
    case
        when count(*) = count(quarterly_wages_constant_usd)
            then cast(sum(quarterly_wages_constant_usd) as decimal(18, 8))
    end as annual_wages_constant_usd
from {{ ref('int_wage__person_quarter') }}
group by person_id, (quarter_index - 2) // 4
