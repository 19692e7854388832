-- One success a person, college and year: the award with most points, and a transfer beside it.
with award as (
    select
        award.person_id,
        award.institution_id,
        award.academic_year,
        case
            when award.award_level = 'associate' then 'associate_degree'
            when award.award_level = 'bachelor' then 'bachelor_degree'
            when award.award_level = 'certificate' and award.award_units >= 16 then 'certificate_16_units'
        end as success_measure
    from {{ ref('fct_credential') }} as award
    inner join {{ ref('dim_institution') }} as college
        on
            award.institution_id = college.institution_id
            and college.institution_type_code = 'COMMUNITY_COLLEGE'
),

highest_award as (
    select
        award.person_id,
        award.institution_id,
        award.academic_year,
        award.success_measure
    from award
    inner join {{ ref('success_point') }} as point
        on award.success_measure = point.success_measure
    qualify
        row_number() over (
            partition by award.person_id, award.institution_id, award.academic_year
            order by point.points desc, award.success_measure asc
        ) = 1
),

enrolled as (
    select
        enrollment.person_id,
        enrollment.institution_id,
        enrollment.academic_year,
        {{ academic_year_start('enrollment.academic_year') }} as year_start,
        college.institution_type_code,
        sum(enrollment.units_earned) as units,
        bool_or(enrollment.aid_status_code = 'PELL') as has_pell,
        bool_or(enrollment.aid_status_code = 'PROMISE') as has_promise
    from {{ ref('fct_college_enrollment') }} as enrollment
    inner join {{ ref('dim_institution') }} as college
        on enrollment.institution_id = college.institution_id
    where not enrollment.is_special_admit
    group by enrollment.person_id, enrollment.institution_id, enrollment.academic_year, college.institution_type_code
),

university as (
    select
        person_id,
        min(year_start) as first_year_start
    from enrolled
    where institution_type_code = 'UNIVERSITY'
    group by person_id
),

-- Twelve units in the college in the year, at a university in the next and not before.
transfer as (
    select
        enrolled.person_id,
        enrolled.institution_id,
        enrolled.academic_year,
        'transfer' as success_measure
    from enrolled
    inner join university
        on
            enrolled.person_id = university.person_id
            and university.first_year_start = enrolled.year_start + 1
    where enrolled.institution_type_code = 'COMMUNITY_COLLEGE' and enrolled.units >= 12
),

success as (
    select * from highest_award
    union all
    select * from transfer
),

aid as (
    select
        person_id,
        institution_id,
        bool_or(has_pell) as has_pell,
        bool_or(has_promise) as has_promise
    from enrolled
    group by person_id, institution_id
)

select
    success.academic_year,
    success.institution_id,
    success.success_measure,
    count(*) as people,
    count(*) filter (where aid.has_pell) as people_with_pell,
    count(*) filter (where aid.has_promise and not aid.has_pell) as people_with_promise_only,
    cast(count(*) * max(point.points) as decimal(12, 1)) as points
from success
inner join {{ ref('success_point') }} as point
    on success.success_measure = point.success_measure
left join aid
    on
        success.person_id = aid.person_id
        and success.institution_id = aid.institution_id
group by success.academic_year, success.institution_id, success.success_measure
