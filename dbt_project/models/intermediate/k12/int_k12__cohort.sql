{{ config(materialized='table') }}

with cohort as (
    select
        'expected_graduation_year' as cohort_basis,
        expected_graduation_year as cohort_year,
        person_id,
        final_school_id as institution_id,
        cast(null as date) as leaving_date,
        final_academic_year as through_academic_year
    from {{ ref('int_k12__graduation') }}
    where expected_graduation_year is not null and not is_removed_from_cohort
    union all
    select
        'graduation_year' as cohort_basis,
        graduation_year as cohort_year,
        person_id,
        graduation_school_id as institution_id,
        graduation_date as leaving_date,
        graduation_year as through_academic_year
    from {{ ref('int_k12__graduation') }}
    where graduation_year is not null
    union all
    select
        'completion_year' as cohort_basis,
        completion_year as cohort_year,
        person_id,
        completion_school_id as institution_id,
        completion_date as leaving_date,
        completion_year as through_academic_year
    from {{ ref('int_k12__graduation') }}
    where completion_year is not null
),

-- Courses to date only grow, so the highest value up to a year is the value at that year.
pathway as (
    select
        cohort.cohort_basis,
        cohort.person_id,
        spell.pathway_code,
        spell.sector_code,
        max(spell.courses_to_date) as courses_to_date,
        bool_or(spell.is_concentrator) as is_concentrator,
        bool_or(spell.is_completer_300_hours) as is_completer_300_hours,
        bool_or(spell.is_completer_no_hours) as is_completer_no_hours
    from cohort
    inner join {{ ref('int_k12__pathway_spell') }} as spell
        on
            cohort.person_id = spell.person_id
            and cohort.through_academic_year >= spell.academic_year
    group by cohort.cohort_basis, cohort.person_id, spell.pathway_code, spell.sector_code
),

sector as (
    select
        cohort_basis,
        person_id,
        'pathway_sector' as dimension,
        sector_code as dimension_value,
        true as is_participant,
        bool_or(is_concentrator) as is_concentrator,
        bool_or(is_completer_300_hours) as is_completer_300_hours,
        bool_or(is_completer_no_hours) as is_completer_no_hours
    from pathway
    group by cohort_basis, person_id, sector_code
    having max(courses_to_date) >= 1
),

-- Everybody in a cohort counts under 'all', whatever they took.
all_sectors as (
    select
        cohort.cohort_basis,
        cohort.person_id,
        'all' as dimension,
        'all' as dimension_value,
        count(sector.person_id) > 0 as is_participant,
        coalesce(bool_or(sector.is_concentrator), false) as is_concentrator,
        coalesce(bool_or(sector.is_completer_300_hours), false) as is_completer_300_hours,
        coalesce(bool_or(sector.is_completer_no_hours), false) as is_completer_no_hours
    from cohort
    left join sector
        on
            cohort.cohort_basis = sector.cohort_basis
            and cohort.person_id = sector.person_id
    group by cohort.cohort_basis, cohort.person_id
),

status as (
    select
        cohort_basis,
        person_id,
        dimension,
        dimension_value,
        is_participant,
        is_concentrator,
        is_completer_300_hours,
        is_completer_no_hours
    from sector
    union all
    select
        cohort_basis,
        person_id,
        dimension,
        dimension_value,
        is_participant,
        is_concentrator,
        is_completer_300_hours,
        is_completer_no_hours
    from all_sectors
)

select
    cohort.cohort_basis,
    cohort.cohort_year,
    cohort.person_id,
    cohort.institution_id,
    cohort.leaving_date,
    status.dimension,
    status.dimension_value,
    status.is_participant,
    status.is_concentrator,
    status.is_completer_300_hours,
    status.is_completer_no_hours
from cohort
inner join status
    on
        cohort.cohort_basis = status.cohort_basis
        and cohort.person_id = status.person_id
