-- A career education student: a program in a career sector declared at a community college in the year.
with cte_term as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id,
        sector_code,
        units_earned
    from {{ ref('int_college__term') }}
    where is_community_college and sector_code is not null
),

college as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id,
        sum(units_attempted) as units_attempted,
        bool_or(sector_code is not null) as has_cte_program
    from {{ ref('int_college__term') }}
    where is_community_college
    group by person_id, academic_year, institution_id, district_id
),

-- Of the colleges with such a program, the one with most units attempted is home; the lower id when they tie.
home as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id
    from college
    where has_cte_program
    qualify
        row_number() over (partition by person_id, academic_year order by units_attempted desc, institution_id asc) = 1
),

lensed_term as (
    select
        *,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value
    from cte_term
),

student as (
    select
        term.person_id,
        term.academic_year,
        home.institution_id,
        term.dimension,
        term.dimension_value,
        coalesce(sum(term.units_earned) filter (where term.district_id = home.district_id), 0) as cte_units_earned
    from lensed_term as term
    inner join home
        on
            term.person_id = home.person_id
            and term.academic_year = home.academic_year
    group by term.person_id, term.academic_year, home.institution_id, term.dimension, term.dimension_value
),

district as (
    -- distinct: several colleges and terms in one district.
    select distinct
        person_id,
        academic_year,
        district_id
    from college
),

-- An award of a program in a career sector, from a district in which the person was a student that year; or journey
-- status, from anybody.
award as (
    select
        credential.person_id,
        credential.academic_year,
        credential.sector_code,
        credential.award_date
    from {{ ref('int_college__credential') }} as credential
    left join district
        on
            credential.person_id = district.person_id
            and credential.academic_year = district.academic_year
            and credential.district_id = district.district_id
    where
        credential.award_level = 'apprenticeship'
        or (
            credential.is_community_college_award
            and (
                {{ is_approved_award('credential.award_type_code') }} or credential.award_type_code = 'G'
            )
            and credential.sector_code is not null
            and district.person_id is not null
        )
),

lensed_award as (
    select
        person_id,
        academic_year,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value,
        award_date
    from award
),

first_award as (
    select
        person_id,
        academic_year,
        dimension,
        dimension_value,
        min(award_date) as award_or_journey_date
    from lensed_award
    group by person_id, academic_year, dimension, dimension_value
),

concentrator as (
    select
        person_id,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value,
        first_concentrator_year
    from {{ ref('int_college__concentrator') }}
),

first_concentration as (
    select
        person_id,
        dimension,
        dimension_value,
        min(first_concentrator_year) as first_concentrator_year
    from concentrator
    group by person_id, dimension, dimension_value
)

select
    student.academic_year as cohort_year,
    student.person_id,
    student.institution_id,
    student.dimension,
    student.dimension_value,
    cast(student.cte_units_earned as decimal(12, 2)) as cte_units_earned,
    first_award.award_or_journey_date,
    coalesce(first_concentration.first_concentrator_year <= student.academic_year, false) as is_concentrator,
    person_year.community_college_units_to_date,
    coalesce(next_year.was_at_community_college, false) as was_at_community_college_next_year,
    coalesce(next_year.was_at_university, false) as was_at_university_next_year
from student
inner join {{ ref('int_college__person_year') }} as person_year
    on
        student.person_id = person_year.person_id
        and student.academic_year = person_year.academic_year
left join {{ ref('int_college__person_year') }} as next_year
    on
        person_year.person_id = next_year.person_id
        and person_year.year_start + 1 = next_year.year_start
left join first_award
    on
        student.person_id = first_award.person_id
        and student.academic_year = first_award.academic_year
        and student.dimension = first_award.dimension
        and student.dimension_value = first_award.dimension_value
left join first_concentration
    on
        student.person_id = first_concentration.person_id
        and student.dimension = first_concentration.dimension
        and student.dimension_value = first_concentration.dimension_value
