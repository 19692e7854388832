select
    demand.record_id,
    demand.academic_year,
    demand.microregion,
    'microregion:' || demand.microregion as region_id,
    demand.soc_code,
    demand.soc_title,
    program.sector_code as pathway_sector_code,
    demand.naics_sector as naics_sector_code,
    demand.entry_education_code,
    education.credential_level,
    demand.employment_count,
    demand.annual_openings,
    demand.median_hourly_wage_usd
from {{ ref('stg_labor_demand') }} as demand
left join {{ ref('int_collaboration__occupation_sector') }} as program
    on demand.soc_code = program.soc_code
left join {{ ref('entry_education') }} as education
    on demand.entry_education_code = education.entry_education_code
