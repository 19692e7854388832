{{ config(materialized='table') }}

-- distinct: the district of a person in a year is that of the last primary enrollment.
with pupil as (
    select
        person_id,
        academic_year,
        district_id
    from {{ ref('stg_k12_enrollment') }}
    where enrollment_status_code = '10'
    qualify
        row_number() over (
            partition by person_id, academic_year
            order by {{ last_enrollment_first() }}
        ) = 1
),

dual_enrollment as (
    select
        pupil.district_id,
        section.institution_id as counterpart_id,
        section.academic_year,
        section.person_id,
        section.is_ccap
    from {{ ref('stg_dual_enrollment') }} as section
    inner join pupil
        on
            section.person_id = pupil.person_id
            and section.academic_year = pupil.academic_year
),

-- Completers of high school who begin at a college within a year, in the year of their first term there.
matriculant as (
    select
        school.parent_institution_id as district_id,
        term.institution_id as counterpart_id,
        term.academic_year,
        graduation.person_id,
        graduation.completion_year,
        term.program_top_code
    from {{ ref('int_k12__graduation') }} as graduation
    inner join {{ ref('int_institution__current') }} as school
        on graduation.completion_school_id = school.institution_id
    inner join {{ ref('int_college__term') }} as term
        on
            graduation.person_id = term.person_id
            and {{ is_within_months('term.term_start_date', 'graduation.completion_date', 12) }}
    where school.parent_institution_id is not null
    qualify
        term.academic_year = min(term.academic_year) over (partition by graduation.person_id)
),

-- A sequence is articulated in use when somebody goes on at the college in a sector they took courses of before.
articulated as (
    select
        matriculant.district_id,
        matriculant.counterpart_id,
        matriculant.academic_year,
        matriculant.person_id
    from matriculant
    inner join {{ ref('program_sector') }} as program_sector
        on
            program_sector.taxonomy = 'TOP'
            and program_sector.program_code = left(matriculant.program_top_code, 4)
    inner join {{ ref('int_k12__pathway_spell') }} as pathway
        on
            matriculant.person_id = pathway.person_id
            and program_sector.sector_code = pathway.sector_code
            and matriculant.completion_year >= pathway.academic_year
            and pathway.courses_to_date > 0
),

tie as (
    select
        'dual_enrollment' as link_type,
        district_id,
        counterpart_id,
        academic_year,
        person_id
    from dual_enrollment
    union all
    select
        'ccap_agreement' as link_type,
        district_id,
        counterpart_id,
        academic_year,
        person_id
    from dual_enrollment
    where is_ccap
    union all
    select
        'matriculation' as link_type,
        district_id,
        counterpart_id,
        academic_year,
        person_id
    from matriculant
    union all
    select
        'articulation' as link_type,
        district_id,
        counterpart_id,
        academic_year,
        person_id
    from articulated
    union all
    select
        'any_college' as link_type,
        district_id,
        counterpart_id,
        academic_year,
        person_id
    from dual_enrollment
    union all
    select
        'any_college' as link_type,
        district_id,
        counterpart_id,
        academic_year,
        person_id
    from matriculant
    union all
    select
        'work_based_learning' as link_type,
        district_id,
        employer_naics_sector as counterpart_id,
        academic_year,
        person_id
    from {{ ref('stg_work_based_learning') }}
    where employer_naics_sector is not null
),

district_total as (
    select
        link_type,
        district_id,
        academic_year,
        count(distinct person_id) as district_people
    from tie
    group by link_type, district_id, academic_year
),

tie_year as (
    select distinct
        *,
        min(academic_year) over (partition by link_type, district_id, counterpart_id, person_id) as first_academic_year
    from tie
),

pair as (
    select
        link_type,
        district_id,
        counterpart_id,
        academic_year,
        count(*) as people,
        count(*) filter (where academic_year = first_academic_year) as people_new
    from tie_year
    group by link_type, district_id, counterpart_id, academic_year
)

select
    pair.academic_year,
    pair.link_type,
    pair.district_id,
    pair.counterpart_id,
    pair.people,
    pair.people_new,
    district_total.district_people
from pair
inner join district_total
    on
        pair.link_type = district_total.link_type
        and pair.district_id = district_total.district_id
        and pair.academic_year = district_total.academic_year
