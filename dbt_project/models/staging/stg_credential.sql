select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    crosswalk.is_bridged,
    award.academic_year,
    award.institution_id,
    award.award_id,
    award.award_type_code,
    cast(award.award_date as date) as award_date,
    award.program_top_code,
    award.cip_code,
    cast(award.award_units as decimal(6, 2)) as award_units,
    award.credential_title,
    award.college_state_code,
    award.college_level_code,
    award.college_sector_code,
    award.has_ssn,
    award.record_id,
    award.submitter,
    award.delivery_sha256,
    cast(award.row_number as bigint) as row_number
from {{ source('accepted', 'credential') }} as award
{{ join_person('credential', 'award') }}
