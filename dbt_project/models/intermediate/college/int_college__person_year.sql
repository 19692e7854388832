{{ config(materialized='table') }}

with person_year as (
    select
        person_id,
        academic_year,
        bool_or(is_community_college) as was_at_community_college,
        bool_or(is_university) as was_at_university,
        coalesce(sum(units_earned) filter (where is_community_college), 0) as community_college_units_earned
    from {{ ref('int_college__term') }}
    group by person_id, academic_year
)

select
    person_id,
    academic_year,
    {{ academic_year_start('academic_year') }} as year_start,
    was_at_community_college,
    was_at_university,
    cast(
        sum(community_college_units_earned) over (
            partition by person_id order by academic_year rows between unbounded preceding and current row
        ) as decimal(12, 2)
    ) as community_college_units_to_date
from person_year
