{{ config(materialized='table') }}

/*
    Pathways of a school, and links from a district to a college, seen the same way: how many people in a year, beside
    how many whom the school's other pathways or the district's other links had, and how many other pupils there were.
*/
with pathway_person as (
    select distinct
        school_id,
        district_id,
        pathway_code,
        academic_year,
        person_id,
        min(academic_year) over (partition by school_id, district_id, pathway_code, person_id) as first_academic_year
    from {{ ref('stg_k12_pathway') }}
    where courses_completed > 0 or pathway_hours > 0
),

seen as (
    select
        'pathway' as unit_type,
        school_id || '-' || pathway_code as unit_id,
        school_id as place_id,
        district_id,
        school_id,
        pathway_code,
        cast(null as varchar) as college_id,
        academic_year,
        count(*) as people,
        count(*) filter (where academic_year = first_academic_year) as people_new
    from pathway_person
    group by school_id, district_id, pathway_code, academic_year
    union all
    select
        'link' as unit_type,
        district_id || '-' || counterpart_id as unit_id,
        district_id as place_id,
        district_id,
        null as school_id,
        null as pathway_code,
        counterpart_id as college_id,
        academic_year,
        people,
        people_new
    from {{ ref('int_collaboration__link') }}
    where link_type = 'any_college'
),

unit as (
    select distinct
        unit_type,
        unit_id,
        place_id,
        district_id,
        school_id,
        pathway_code,
        college_id
    from seen
),

pupil as (
    select
        academic_year,
        person_id,
        unnest(['pathway', 'link']) as unit_type,
        unnest([school_id, district_id]) as place_id
    from {{ ref('stg_k12_enrollment') }}
    where enrollment_status_code = '10'
),

place_year as (
    select
        unit_type,
        place_id,
        academic_year,
        cast(sum(people) as bigint) as people,
        cast(sum(pupils) as bigint) as pupils
    from (
        select
            unit_type,
            place_id,
            academic_year,
            people,
            0 as pupils
        from seen
        union all
        select
            unit_type,
            place_id,
            academic_year,
            0 as people,
            count(distinct person_id) as pupils
        from pupil
        group by unit_type, place_id, academic_year
    ) as counted
    group by unit_type, place_id, academic_year
)

select
    unit.unit_type,
    unit.unit_id,
    unit.district_id,
    unit.school_id,
    unit.pathway_code,
    unit.college_id,
    place_year.academic_year,
    {{ academic_year_start('place_year.academic_year') }} as year_start,
    coalesce(seen.people, 0) as people,
    coalesce(seen.people_new, 0) as people_new,
    place_year.people - coalesce(seen.people, 0) as people_other,
    greatest(place_year.pupils - coalesce(seen.people, 0), 0) as pupils_other
from unit
inner join place_year
    on
        unit.unit_type = place_year.unit_type
        and unit.place_id = place_year.place_id
left join seen
    on
        unit.unit_type = seen.unit_type
        and unit.unit_id = seen.unit_id
        and place_year.academic_year = seen.academic_year
