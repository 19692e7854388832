select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    wage.quarter,
    {{ quarter_index('wage.quarter') }} as quarter_index,
    wage.employer_account,
    cast(wage.quarterly_wages_usd as decimal(12, 2)) as quarterly_wages_usd,
    wage.naics_code,
    case when substr(wage.county_fips, 3, 1) <> '9' then wage.county_fips end as county_fips,
    wage.record_id,
    wage.submitter,
    wage.delivery_sha256,
    cast(wage.row_number as bigint) as row_number
from {{ source('accepted', 'wage') }} as wage
{{ join_person('wage', 'wage') }}
