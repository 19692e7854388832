select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    crosswalk.is_bridged,
    section.academic_year,
    section.institution_id,
    {{ gender_of_mis('section.gender_code') }} as gender_code,
    section.term_id,
    {{ term_date('section.term_id', 'season.start_month', 'season.start_day') }} as term_start_date,
    {{ term_date('section.term_id', 'season.end_month', 'season.end_day') }} as term_end_date,
    section.course_id,
    section.section_id,
    section.top_code,
    section.credit_status_code,
    cast(section.units_attempted as decimal(6, 2)) as units_attempted,
    cast(section.units_earned as decimal(6, 2)) as units_earned,
    section.grade_code,
    section.is_ccap,
    section.ccap_agreement_id,
    section.has_ssn,
    section.record_id,
    section.submitter,
    section.delivery_sha256,
    cast(section.row_number as bigint) as row_number
from {{ source('accepted', 'dual_enrollment') }} as section
inner join {{ ref('term_season') }} as season
    on season.season_code = right(section.term_id, 2)
{{ join_person('dual_enrollment', 'section') }}
