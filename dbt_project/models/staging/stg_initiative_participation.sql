select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    participation.academic_year,
    participation.institution_id,
    participation.grant_id,
    participation.initiative_code,
    participation.service_type_code,
    cast(participation.participation_start_date as date) as participation_start_date,
    cast(participation.participation_end_date as date) as participation_end_date,
    participation.has_ssn,
    participation.record_id,
    participation.submitter,
    participation.delivery_sha256,
    cast(participation.row_number as bigint) as row_number
from {{ source('accepted', 'initiative_participation') }} as participation
{{ join_person('initiative_participation', 'participation') }}
