select
    person_id,
    institution_id,
    min(academic_year) as first_academic_year
from {{ ref('int_college__dual_section') }}
group by person_id, institution_id
