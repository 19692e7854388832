-- TOP before CIP: families of CIP are too broad to reach three of the sectors.
select
    occupation.soc_code,
    coalesce(top_sector.sector_code, cip_sector.sector_code) as sector_code
from {{ ref('occupation_program') }} as occupation
left join {{ ref('program_sector') }} as top_sector
    on
        top_sector.taxonomy = 'TOP'
        and top_sector.program_code = left(occupation.top_code, 4)
left join {{ ref('program_sector') }} as cip_sector
    on
        cip_sector.taxonomy = 'CIP'
        and cip_sector.program_code = left(occupation.cip_code, 2)
