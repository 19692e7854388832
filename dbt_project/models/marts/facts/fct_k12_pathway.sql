select
    pathway.record_id,
    pathway.academic_year,
    pathway.person_id,
    pathway.match_method,
    pathway.district_id,
    pathway.school_id,
    pathway.pathway_code,
    cte_sector.sector_code as pathway_sector_code,
    pathway.courses_completed,
    pathway.pathway_hours,
    pathway.capstone_grade,
    pathway.pathway_completion_academic_year,
    pathway.industry_certification_name is not null as has_industry_certification
from {{ ref('stg_k12_pathway') }} as pathway
left join {{ ref('cte_sector') }} as cte_sector
    on cte_sector.pathway_code_prefix = left(pathway.pathway_code, 2)
