select
    academic_year,
    link_type,
    district_id,
    counterpart_id,
    people,
    district_people,
    people / district_people as share_of_district,
    people >= {{ var('working_link_least_people') }} as is_working
from {{ ref('int_collaboration__link') }}
