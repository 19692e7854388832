select
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score,
    pathway.academic_year,
    pathway.district_id,
    pathway.school_id,
    pathway.pathway_code,
    cast(pathway.courses_completed as integer) as courses_completed,
    cast(pathway.pathway_hours as decimal(8, 2)) as pathway_hours,
    pathway.capstone_grade,
    pathway.pathway_completion_academic_year,
    pathway.industry_certification_name,
    pathway.record_id,
    pathway.submitter,
    pathway.delivery_sha256,
    cast(pathway.row_number as bigint) as row_number
from {{ source('accepted', 'k12_pathway') }} as pathway
{{ join_person('k12_pathway', 'pathway') }}
