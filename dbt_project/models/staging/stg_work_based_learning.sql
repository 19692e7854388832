select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    opportunity.academic_year,
    opportunity.district_id,
    opportunity.school_id,
    opportunity.wbl_type_code,
    opportunity.opportunity_id,
    cast(opportunity.wbl_hours as decimal(8, 2)) as wbl_hours,
    opportunity.employer_naics_sector,
    opportunity.record_id,
    opportunity.submitter,
    opportunity.delivery_sha256,
    cast(opportunity.row_number as bigint) as row_number
from {{ source('accepted', 'work_based_learning') }} as opportunity
{{ join_person('work_based_learning', 'opportunity') }}
