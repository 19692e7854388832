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

link_year as (
    select
        district_id,
        counterpart_id as college_id,
        academic_year,
        people,
        district_people
    from {{ ref('int_collaboration__link') }}
    where link_type = 'any_college'
)

select
    'pathway' as unit_type,
    pathway_year.school_id || '-' || pathway_year.pathway_code as unit_id,
    pathway_year.district_id,
    pathway_year.school_id,
    pathway_year.pathway_code,
    cast(null as varchar) as college_id,
    school_year.academic_year,
    {{ academic_year_start('school_year.academic_year') }} as year_start,
    coalesce(seen.people, 0) as people,
    school_year.people as people_around
from (
    select distinct
        district_id,
        school_id,
        pathway_code
    from pathway_year
) as pathway_year
inner join school_year
    on pathway_year.school_id = school_year.school_id
left join pathway_year as seen
    on
        pathway_year.school_id = seen.school_id
        and pathway_year.district_id = seen.district_id
        and pathway_year.pathway_code = seen.pathway_code
        and school_year.academic_year = seen.academic_year
union all
select
    'link' as unit_type,
    link.district_id || '-' || link.college_id as unit_id,
    link.district_id,
    null as school_id,
    null as pathway_code,
    link.college_id,
    district_year.academic_year,
    {{ academic_year_start('district_year.academic_year') }} as year_start,
    coalesce(seen.people, 0) as people,
    district_year.district_people as people_around
from (
    select distinct
        district_id,
        college_id
    from link_year
) as link
inner join (
    select distinct
        district_id,
        academic_year,
        district_people
    from link_year
) as district_year
    on link.district_id = district_year.district_id
left join link_year as seen
    on
        link.district_id = seen.district_id
        and link.college_id = seen.college_id
        and district_year.academic_year = seen.academic_year
