select
    demand.academic_year,
    demand.microregion,
    demand.soc_code,
    demand.soc_title,
    demand.naics_sector,
    demand.entry_education_code,
    cast(demand.employment_count as integer) as employment_count,
    cast(demand.annual_openings as integer) as annual_openings,
    cast(demand.median_hourly_wage_usd as decimal(6, 2)) as median_hourly_wage_usd,
    demand.record_id,
    demand.submitter,
    demand.delivery_sha256,
    cast(demand.row_number as bigint) as row_number
from {{ source('accepted', 'labor_demand') }} as demand
