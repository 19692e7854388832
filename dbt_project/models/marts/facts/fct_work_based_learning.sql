select
    academic_year,
    submitter,
    row_number,
    person_id,
    match_method,
    district_id,
    school_id,
    wbl_type_code,
    opportunity_id,
    wbl_hours,
    employer_naics_sector
from {{ ref('stg_work_based_learning') }}
