{{ config(materialized='table') }}

with leaver as (
    select
        cohort_basis,
        person_id,
        leaving_date,
        {{ quarter_index_of_date('leaving_date') }} + 2 as second_quarter_index,
        make_date({{ academic_year_start('cohort_year') }} + 1, 8, 15) as august_15_date
    from {{ ref('int_k12__cohort') }}
    where cohort_basis in ('graduation_year', 'completion_year') and dimension = 'all'
),

term as (
    select
        leaver.cohort_basis,
        leaver.person_id,
        term.academic_year,
        term.institution_id,
        term.term_start_date,
        term.units_earned,
        college.institution_type_code,
        program_sector.sector_code,
        leaver.leaving_date < term.term_start_date as is_after,
        leaver.august_15_date <= term.term_end_date as ends_from_august_15,
        leaver.second_quarter_index between
        {{ quarter_index_of_date('term.term_start_date') }} and {{ quarter_index_of_date('term.term_end_date') }}
            as is_in_second_quarter
    from leaver
    inner join {{ ref('int_college__term') }} as term
        on leaver.person_id = term.person_id
    left join {{ ref('int_institution__current') }} as college
        on term.institution_id = college.institution_id
    left join {{ ref('program_sector') }} as program_sector
        on
            program_sector.taxonomy = 'TOP'
            and program_sector.program_code = left(term.program_top_code, 4)
),

year as (
    select
        cohort_basis,
        person_id,
        academic_year,
        -- Of terms that began on the same day, a university's before any other, then the lower id.
        arg_min(
            {
                'institution_id': institution_id,
                'institution_type_code': institution_type_code,
                'term_start_date': term_start_date
            },
            (term_start_date, institution_type_code is distinct from 'UNIVERSITY', institution_id)
        ) filter (where is_after) as first_term,
        min(term_start_date) filter (where ends_from_august_15) as first_autumn_term_start_date,
        bool_or(is_in_second_quarter) as was_enrolled_second_quarter,
        min(term_start_date) filter (
            where is_after and institution_type_code = 'COMMUNITY_COLLEGE'
        ) as first_community_college_term_start_date,
        sum(units_earned) filter (
            where is_after and institution_type_code = 'COMMUNITY_COLLEGE' and sector_code is not null
        ) as community_college_cte_units
    from term
    group by cohort_basis, person_id, academic_year
),

person as (
    select
        cohort_basis,
        person_id,
        arg_min(first_term, academic_year) filter (where first_term is not null) as first_term,
        min(first_autumn_term_start_date) as first_autumn_term_start_date,
        bool_or(was_enrolled_second_quarter) as was_enrolled_second_quarter,
        min(first_community_college_term_start_date) as first_community_college_term_start_date,
        arg_min(coalesce(community_college_cte_units, 0), academic_year) filter (
            where first_community_college_term_start_date is not null
        ) as first_community_college_year_cte_units
    from year
    group by cohort_basis, person_id
)

select
    cohort_basis,
    person_id,
    struct_extract(first_term, 'term_start_date') as first_term_start_date,
    struct_extract(first_term, 'institution_id') as first_college_id,
    struct_extract(first_term, 'institution_type_code') as first_college_type_code,
    first_autumn_term_start_date,
    was_enrolled_second_quarter,
    first_community_college_term_start_date,
    cast(first_community_college_year_cte_units as decimal(12, 2)) as first_community_college_year_cte_units
from person
