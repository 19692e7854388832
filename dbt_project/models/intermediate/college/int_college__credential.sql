{{ config(materialized='table') }}

select
    award.person_id,
    award.academic_year,
    award.institution_id,
    coalesce(issuer.parent_institution_id, award.institution_id) as district_id,
    award.award_id,
    award.award_type_code,
    award.award_date,
    award_type.award_level,
    award_type.award_level_rank,
    coalesce(
        issuer.institution_type_code = 'COMMUNITY_COLLEGE' and {{ is_college_award('award.award_type_code') }}, false
    ) as is_community_college_award,
    left(award.program_top_code, 4) as program_code,
    top_sector.sector_code as program_sector_code,
    coalesce(top_sector.sector_code, cip_sector.sector_code) as sector_code
from {{ ref('stg_credential') }} as award
inner join {{ ref('award_type') }} as award_type
    on
        award.award_type_code = award_type.award_type_code
        and award_type.is_credential
left join {{ ref('int_institution__current') }} as issuer
    on award.institution_id = issuer.institution_id
left join {{ ref('program_sector') }} as top_sector
    on
        top_sector.taxonomy = 'TOP'
        and top_sector.program_code = left(award.program_top_code, 4)
left join {{ ref('program_sector') }} as cip_sector
    on
        cip_sector.taxonomy = 'CIP'
        and cip_sector.program_code = left(award.cip_code, 2)
left join {{ ref('int_college__same_record') }} as same_record
    on award.record_id = same_record.record_id
-- What another record reports too counts there alone.
where same_record.record_id is null
