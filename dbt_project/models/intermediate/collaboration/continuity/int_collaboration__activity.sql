{{ config(materialized='table') }}

/*
    Pathways of a school, and links from a district to a college, seen the same way: how many people in a year, out of
    how many whom the school or district had for any such thing.
*/
with pathway_year as (
    select
        school_id,
        district_id,
        pathway_code,
        academic_year,
        count(distinct person_id) as people
    from {{ ref('stg_k12_pathway') }}
    where courses_completed > 0 or pathway_hours > 0
    group by school_id, district_id, pathway_code, academic_year
),

school_year as (
    select
        school_id,
        academic_year,
        sum(people) as people
    from pathway_year
    group by school_id, academic_year
),

school_pathway as (
    select distinct
        district_id,
        school_id,
        pathway_code
    from pathway_year
),

link_year as (
    select
        district_id,
        counterpart_id as college_id,
        academic_year,
        people,
        district_people
    from {{ ref('int_collaboration__link') }}
    where link_type = 'any_college'
),

district_college as (
    select distinct
        district_id,
        college_id
    from link_year
),

district_year as (
    select distinct
        district_id,
        academic_year,
        district_people
    from link_year
)

select
    'pathway' as unit_type,
    school_pathway.school_id || '-' || school_pathway.pathway_code as unit_id,
    school_pathway.district_id,
    school_pathway.school_id,
    school_pathway.pathway_code,
    cast(null as varchar) as college_id,
    school_year.academic_year,
    {{ academic_year_start('school_year.academic_year') }} as year_start,
    coalesce(seen.people, 0) as people,
    school_year.people as people_around
from school_pathway
inner join school_year
    on school_pathway.school_id = school_year.school_id
left join pathway_year as seen
    on
        school_pathway.school_id = seen.school_id
        and school_pathway.district_id = seen.district_id
        and school_pathway.pathway_code = seen.pathway_code
        and school_year.academic_year = seen.academic_year
union all
select
    'link' as unit_type,
    district_college.district_id || '-' || district_college.college_id as unit_id,
    district_college.district_id,
    null as school_id,
    null as pathway_code,
    district_college.college_id,
    district_year.academic_year,
    {{ academic_year_start('district_year.academic_year') }} as year_start,
    coalesce(seen.people, 0) as people,
    district_year.district_people as people_around
from district_college
inner join district_year
    on district_college.district_id = district_year.district_id
left join link_year as seen
    on
        district_college.district_id = seen.district_id
        and district_college.college_id = seen.college_id
        and district_year.academic_year = seen.academic_year
