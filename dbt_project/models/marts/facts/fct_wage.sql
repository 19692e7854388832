select
    record_id,
    quarter,
    person_id,
    match_method,
    employer_account,
    naics_code,
    {{ naics_sector('naics_code') }} as naics_sector_code,
    county_fips,
    quarterly_wages_usd
from {{ ref('stg_wage') }}
