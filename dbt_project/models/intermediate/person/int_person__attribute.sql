{{ config(materialized='table') }}

with feed as (
    select
        person_id,
        coalesce(bool_or(feed = 'k12_enrollment'), false) as has_k12_record,
        coalesce(bool_or(feed = 'dual_enrollment'), false) as has_dual_enrollment_record,
        coalesce(bool_or(feed = 'college_enrollment'), false) as has_college_record,
        coalesce(bool_or(feed = 'credential'), false) as has_credential_record,
        bool_or(has_ssn) as is_matchable_to_wages,
        bool_or(is_bridged) as is_bridged,
        coalesce(bool_or(feed = 'wage'), false) as is_found_in_wages,
        {{ weakest_match_method('match_method') }} as weakest_match_method,
        min(least_match_score) as least_match_score
    from {{ ref('int_person__feed') }}
    group by person_id
),

latest_k12 as (
    select
        person_id,
        race_ethnicity_code,
        gender_code
    from {{ ref('stg_k12_enrollment') }}
    qualify
        row_number() over (
            partition by person_id
            order by academic_year desc, {{ last_enrollment_first() }}
        ) = 1
),

latest_college as (
    select
        person_id,
        race_ethnicity_code,
        gender_code
    from {{ ref('stg_college_enrollment') }}
    qualify
        row_number() over (
            partition by person_id
            -- A report from outside has neither.
            order by
                race_ethnicity_code is null asc, gender_code is null asc,
                term_start_date desc, institution_id desc, race_ethnicity_code asc, gender_code asc
        ) = 1
),

-- Ever in high school: a flag that was true in any spell stays true, so that a group does not shrink
-- between ninth grade and graduation. Whoever has no such record is in no program group: unknown is not no.
ever_in_high_school as (
    select
        person_id,
        bool_or(is_economically_disadvantaged) as is_economically_disadvantaged,
        bool_or(is_english_learner) as is_english_learner,
        bool_or(has_disability) as has_disability,
        bool_or(is_foster) as is_foster,
        bool_or(is_homeless) as is_homeless
    from {{ ref('stg_k12_enrollment') }}
    group by person_id
),

-- As colleges derive it: a grant for need in any term as an ordinary student.
ever_aided as (
    select
        person_id,
        bool_or(aid_status_code in ('PELL', 'PROMISE')) as is_economically_disadvantaged_by_aid
    from {{ ref('int_college__term') }}
    where is_community_college
    group by person_id
)

select
    feed.person_id,
    coalesce(latest_k12.race_ethnicity_code, latest_college.race_ethnicity_code, 'RD') as race_ethnicity_code,
    coalesce(latest_k12.gender_code, latest_college.gender_code, 'Z') as gender_code,
    ever_in_high_school.is_economically_disadvantaged,
    ever_in_high_school.is_english_learner,
    ever_in_high_school.has_disability,
    ever_in_high_school.is_foster,
    ever_in_high_school.is_homeless,
    ever_aided.is_economically_disadvantaged_by_aid,
    feed.has_k12_record,
    feed.has_dual_enrollment_record,
    feed.has_college_record,
    feed.has_credential_record,
    feed.is_matchable_to_wages,
    feed.is_bridged,
    feed.is_found_in_wages,
    feed.weakest_match_method,
    feed.least_match_score
from feed
left join latest_k12
    on feed.person_id = latest_k12.person_id
left join latest_college
    on feed.person_id = latest_college.person_id
left join ever_in_high_school
    on feed.person_id = ever_in_high_school.person_id
left join ever_aided
    on feed.person_id = ever_aided.person_id
