select
    attribute.person_id,
    attribute.race_ethnicity_code,
    attribute.gender_code,
    attribute.is_economically_disadvantaged,
    attribute.is_english_learner,
    attribute.has_disability,
    attribute.is_foster,
    attribute.is_homeless,
    attribute.is_economically_disadvantaged_by_aid,
    graduation.expected_graduation_year,
    graduation.graduation_year,
    attribute.has_k12_record,
    attribute.has_dual_enrollment_record,
    attribute.has_college_record,
    attribute.has_credential_record,
    attribute.is_matchable_to_wages,
    attribute.is_found_in_wages,
    attribute.weakest_match_method,
    attribute.least_match_score
from {{ ref('int_person__attribute') }} as attribute
left join {{ ref('int_k12__graduation') }} as graduation
    on attribute.person_id = graduation.person_id
