with college as (
    select
        person_id,
        academic_year,
        institution_id,
        sum(units_attempted) as units_attempted
    from {{ ref('int_college__dual_section') }}
    group by person_id, academic_year, institution_id
),

home as (
    select
        person_id,
        academic_year,
        institution_id
    from college
    qualify
        row_number() over (
            partition by person_id, academic_year order by units_attempted desc, institution_id asc
        ) = 1
),

-- Under 'all', and under the sector of a section.
by_dimension as (
    select
        *,
        unnest(['all', 'pathway_sector']) as dimension,
        unnest(['all', sector_code]) as dimension_value
    from {{ ref('int_college__dual_section') }}
),

year as (
    select
        person_id,
        academic_year,
        dimension,
        dimension_value,
        coalesce(bool_or(is_ccap), false) as is_ccap,
        bool_or(sector_code is not null) as has_career_section,
        count(*) filter (where is_passed) as passed_section_count,
        sum(units_earned) filter (where is_passed) as units_passed
    from by_dimension
    where dimension_value is not null
    group by person_id, academic_year, dimension, dimension_value
)

select
    year.academic_year as cohort_year,
    year.person_id,
    home.institution_id,
    year.dimension,
    year.dimension_value,
    year.is_ccap,
    year.has_career_section,
    year.passed_section_count,
    cast(coalesce(year.units_passed, 0) as decimal(12, 2)) as units_passed
from year
inner join home
    on
        year.person_id = home.person_id
        and year.academic_year = home.academic_year
