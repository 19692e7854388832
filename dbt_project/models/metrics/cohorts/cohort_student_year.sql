with home as (
    select
        academic_year as cohort_year,
        person_id,
        school_id as institution_id,
        grade_level
    from {{ ref('stg_k12_enrollment') }}
    qualify
        row_number() over (
            partition by person_id, academic_year
            order by {{ last_enrollment_first() }}
        ) = 1
),

dual_enrollment as (
    select
        person_id,
        academic_year,
        bool_or(is_ccap) as is_ccap
    from {{ ref('int_college__dual_section') }}
    group by person_id, academic_year
),

student as (
    select
        home.*,
        dual_enrollment.person_id is not null as is_dual_enrolled,
        coalesce(dual_enrollment.is_ccap, false) as is_ccap,
        work.person_id is not null as has_work_based_learning,
        coalesce(work.has_internship, false) as has_internship,
        coalesce(work.has_student_led_enterprise, false) as has_student_led_enterprise,
        coalesce(work.has_simulation, false) as has_simulation,
        coalesce(work.has_pre_apprenticeship, false) as has_pre_apprenticeship,
        coalesce(work.has_job_program, false) as has_job_program,
        coalesce(work.has_transition_experience, false) as has_transition_experience,
        work.work_based_learning_hours
    from home
    left join dual_enrollment
        on
            home.person_id = dual_enrollment.person_id
            and home.cohort_year = dual_enrollment.academic_year
    left join {{ ref('int_k12__work_based_learning_year') }} as work
        on
            home.person_id = work.person_id
            and home.cohort_year = work.academic_year
),

pathway as (
    select
        year.person_id,
        year.academic_year,
        year.dimension,
        year.dimension_value,
        year.is_participant,
        year.is_completed_300_hours,
        year.is_completed_no_hours,
        coalesce(reached.first_concentrator_year <= year.academic_year, false) as is_concentrator,
        coalesce(reached.first_completer_no_hours_year <= year.academic_year, false) as is_completer_no_hours
    from {{ ref('int_k12__pathway_year') }} as year
    inner join {{ ref('int_k12__pathway_reached') }} as reached
        on
            year.person_id = reached.person_id
            and year.dimension = reached.dimension
            and year.dimension_value = reached.dimension_value
),

-- Everybody under 'all' and under their grade, with what they did in any sector.
any_sector as (
    select
        student.*,
        unnest(['all', 'grade_level']) as dimension,
        unnest(['all', cast(student.grade_level as varchar)]) as dimension_value,
        coalesce(pathway.is_participant, false) as is_participant,
        coalesce(pathway.is_concentrator, false) as is_concentrator,
        coalesce(pathway.is_completer_no_hours, false) as is_completer_no_hours,
        coalesce(pathway.is_completed_300_hours, false) as is_completed_300_hours,
        coalesce(pathway.is_completed_no_hours, false) as is_completed_no_hours
    from student
    left join pathway
        on
            student.person_id = pathway.person_id
            and student.cohort_year = pathway.academic_year
            and pathway.dimension = 'all'
),

one_sector as (
    select
        student.*,
        pathway.dimension,
        pathway.dimension_value,
        pathway.is_participant,
        pathway.is_concentrator,
        pathway.is_completer_no_hours,
        pathway.is_completed_300_hours,
        pathway.is_completed_no_hours
    from student
    inner join pathway
        on
            student.person_id = pathway.person_id
            and student.cohort_year = pathway.academic_year
            and pathway.dimension = 'pathway_sector'
    where pathway.is_participant
),

by_dimension as (
    select * from any_sector
    union all by name
    select * from one_sector
)

select
    cohort_year,
    person_id,
    institution_id,
    dimension,
    dimension_value,
    grade_level,
    is_participant,
    is_concentrator,
    is_completer_no_hours,
    is_completed_300_hours,
    is_completed_no_hours,
    is_dual_enrolled,
    is_ccap,
    has_work_based_learning,
    has_internship,
    has_student_led_enterprise,
    has_simulation,
    has_pre_apprenticeship,
    has_job_program,
    has_transition_experience,
    work_based_learning_hours
from by_dimension
