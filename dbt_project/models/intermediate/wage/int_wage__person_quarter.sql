{{ config(materialized='table') }}

with employer_quarter as (
    select
        person_id,
        quarter,
        quarter_index,
        employer_account,
        sum(quarterly_wages_usd) as quarterly_wages_usd,
        max(naics_code) as naics_code,
        max(county_fips) as county_fips
    from {{ ref('stg_wage') }}
    group by person_id, quarter, quarter_index, employer_account
)

select
    person_id,
    quarter,
    quarter_index,
    cast(sum(quarterly_wages_usd) as decimal(14, 2)) as quarterly_wages_usd,
    count(*) as employer_count,
    -- The primary employer pays most; the lower account when two pay the same. Where it gives no county there is none.
    arg_min(employer_account, (-quarterly_wages_usd, employer_account)) as primary_employer_account,
    arg_min({{ naics_sector('naics_code') }}, (-quarterly_wages_usd, employer_account)) as primary_naics_sector_code,
    arg_min_null(county_fips, (-quarterly_wages_usd, employer_account)) as county_fips
from employer_quarter
group by person_id, quarter, quarter_index
