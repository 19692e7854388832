with cte as (
    select
        person_id,
        min(academic_year) filter (where courses_to_date >= 1) as first_cte_course_year,
        min(academic_year) filter (where is_concentrator) as first_concentrator_year,
        min(academic_year) filter (where is_completer_no_hours) as first_pathway_completion_year
    from {{ ref('int_k12__pathway_spell') }}
    group by person_id
),

-- The sector with the most courses; the lower code when two tie.
main_sector as (
    select
        person_id,
        sector_code
    from (
        select
            person_id,
            pathway_code,
            sector_code,
            max(courses_to_date) as courses
        from {{ ref('int_k12__pathway_spell') }}
        group by person_id, pathway_code, sector_code
    ) as pathway
    group by person_id, sector_code
    having sum(courses) >= 1
    qualify row_number() over (partition by person_id order by sum(courses) desc, sector_code) = 1
),

work_based_learning as (
    select
        person_id,
        min(academic_year) as first_work_based_learning_year
    from {{ ref('stg_work_based_learning') }}
    group by person_id
),

first_college as (
    select
        person_id,
        term_start_date as first_college_date,
        institution_id as first_college_id
    from {{ ref('int_college__term') }}
    qualify row_number() over (partition by person_id order by term_start_date, institution_id) = 1
),

college_exit as (
    select
        person_id,
        max(exit_date) as last_college_exit_date
    from {{ ref('int_college__exit_spell') }}
    group by person_id
),

credential as (
    select
        person_id,
        min(award_date) as first_credential_date,
        max(award_level_rank) as highest_award_level_rank
    from {{ ref('int_college__credential') }}
    group by person_id
),

high_school as (
    select
        person_id,
        first_entry_date,
        expected_graduation_year,
        final_school_id,
        completion_date,
        graduation_date,
        graduation_year
    from {{ ref('int_k12__graduation') }}
),

-- Wages earned while still in high school are summer jobs, not an outcome.
first_wage as (
    select
        wage.person_id,
        min(wage.quarter) as first_wage_quarter
    from {{ ref('int_wage__person_quarter') }} as wage
    left join high_school
        on wage.person_id = high_school.person_id
    where
        high_school.completion_date is null
        or wage.quarter_index > {{ quarter_index_of_date('high_school.completion_date') }}
    group by wage.person_id
)

select
    person.person_id,
    high_school.first_entry_date as high_school_entry_date,
    high_school.final_school_id as high_school_id,
    high_school.expected_graduation_year,
    cte.first_cte_course_year,
    cte.first_concentrator_year,
    cte.first_pathway_completion_year,
    main_sector.sector_code as main_pathway_sector_code,
    work_based_learning.first_work_based_learning_year,
    dual_enrollment.first_term_start_date as first_dual_enrollment_date,
    dual_enrollment.units_earned as dual_enrollment_units_earned,
    high_school.completion_date,
    high_school.graduation_date,
    high_school.graduation_year,
    first_college.first_college_date,
    first_college.first_college_id,
    credential.first_credential_date,
    credential.highest_award_level_rank,
    college_exit.last_college_exit_date,
    person.is_matchable_to_wages,
    first_wage.first_wage_quarter,
    wage.quarterly_wages_usd as first_wage_quarter_usd
from {{ ref('int_person__attribute') }} as person
left join high_school
    on person.person_id = high_school.person_id
left join cte
    on person.person_id = cte.person_id
left join main_sector
    on person.person_id = main_sector.person_id
left join work_based_learning
    on person.person_id = work_based_learning.person_id
left join {{ ref('int_college__dual_enrollment') }} as dual_enrollment
    on person.person_id = dual_enrollment.person_id
left join first_college
    on person.person_id = first_college.person_id
left join credential
    on person.person_id = credential.person_id
left join college_exit
    on person.person_id = college_exit.person_id
left join first_wage
    on person.person_id = first_wage.person_id
left join {{ ref('int_wage__person_quarter') }} as wage
    on
        first_wage.person_id = wage.person_id
        and first_wage.first_wage_quarter = wage.quarter
