select
    record_id,
    academic_year,
    person_id,
    match_method,
    district_id,
    school_id,
    wbl_type_code,
    wbl_hours,
    employer_naics_sector
from {{ ref('stg_work_based_learning') }}
