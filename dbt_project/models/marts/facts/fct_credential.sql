select
    award.record_id,
    award.academic_year,
    award.person_id,
    award.match_method,
    award.institution_id,
    award.award_type_code,
    award_type.award_level,
    award.award_date,
    award.program_top_code,
    award.cip_code,
    coalesce(top_sector.sector_code, cip_sector.sector_code) as pathway_sector_code,
    award.award_units,
    coalesce(same_record.counted_record_id, award.record_id) as counted_record_id
from {{ ref('stg_credential') }} as award
left join {{ ref('award_type') }} as award_type
    on award.award_type_code = award_type.award_type_code
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
