{{ config(materialized='table') }}

with yearly as (
    select
        pathway.person_id,
        pathway.pathway_code,
        cte_sector.sector_code,
        pathway.academic_year,
        sum(pathway.courses_completed) as courses_completed,
        sum(coalesce(pathway.pathway_hours, 0)) as pathway_hours,
        bool_or(
            pathway.pathway_completion_academic_year is not null
            and coalesce({{ is_passing_grade('pathway.capstone_grade') }}, false)
        ) as is_completed_with_capstone
    from {{ ref('stg_k12_pathway') }} as pathway
    inner join {{ ref('cte_sector') }} as cte_sector
        on cte_sector.pathway_code_prefix = left(pathway.pathway_code, 2)
    group by pathway.person_id, pathway.pathway_code, cte_sector.sector_code, pathway.academic_year
),

cumulated as (
    select
        person_id,
        pathway_code,
        sector_code,
        academic_year,
        cast(courses_completed as integer) as courses_completed,
        is_completed_with_capstone as is_completed_in_year,
        cast(sum(courses_completed) over through_year as integer) as courses_to_date,
        cast(sum(pathway_hours) over through_year as decimal(12, 2)) as hours_to_date,
        bool_or(is_completed_with_capstone) over through_year as is_completed_with_capstone
    from yearly
    window through_year as (partition by person_id, pathway_code order by academic_year)
)

select
    person_id,
    pathway_code,
    sector_code,
    academic_year,
    courses_completed,
    is_completed_in_year,
    courses_to_date,
    hours_to_date,
    courses_to_date >= 2 as is_concentrator,
    courses_to_date >= 2 and is_completed_with_capstone as is_completer_no_hours,
    -- The pathway completion minimum until CDE withdrew it with the 2024-27 Perkins V plan.
    courses_to_date >= 2 and is_completed_with_capstone and hours_to_date >= 300 as is_completer_300_hours
from cumulated
