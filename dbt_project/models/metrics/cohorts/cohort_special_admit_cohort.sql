with term as (
    select
        person_id,
        academic_year,
        term_start_date,
        institution_id,
        sum(units_attempted) as units_attempted
    from {{ ref('int_college__dual_section') }}
    group by person_id, academic_year, term_start_date, institution_id
    having sum(units_attempted) >= 0.5 or bool_or(is_ccap)
),

first_term as (
    select
        person_id,
        academic_year,
        term_start_date,
        institution_id
    from term
    qualify
        row_number() over (
            partition by person_id order by term_start_date asc, units_attempted desc, institution_id asc
        ) = 1
),

member as (
    select
        graduation.expected_graduation_year as cohort_year,
        first_term.person_id,
        first_term.institution_id,
        first_term.term_start_date as first_special_admit_term_start_date,
        {{ academic_year_start('graduation.expected_graduation_year') }} as cohort_year_start
    from first_term
    inner join {{ ref('int_k12__graduation') }} as graduation
        on
            first_term.person_id = graduation.person_id
            and first_term.academic_year <= graduation.expected_graduation_year
),

credit as (
    select
        member.person_id,
        min(section.academic_year) filter (where section.is_credit) as first_credit_academic_year,
        sum(section.units_earned) filter (where section.is_degree_applicable) as degree_applicable_units
    from member
    inner join {{ ref('int_college__dual_section') }} as section
        on
            member.person_id = section.person_id
            and member.cohort_year >= section.academic_year
    where section.is_passed
    group by member.person_id
),

first_college as (
    select
        member.person_id,
        term.academic_year,
        term.institution_id,
        college.institution_type_code
    from member
    inner join {{ ref('int_college__term') }} as term
        on
            member.person_id = term.person_id
            and member.cohort_year < term.academic_year
    left join {{ ref('int_institution__current') }} as college
        on term.institution_id = college.institution_id
    -- Of terms that began on the same day, a university's before any other, then the lower id.
    qualify
        row_number() over (
            partition by member.person_id
            order by
                term.term_start_date,
                college.institution_type_code is distinct from 'UNIVERSITY',
                term.institution_id
        ) = 1
)

select
    member.cohort_year,
    member.person_id,
    member.institution_id,
    'all' as dimension,
    'all' as dimension_value,
    member.first_special_admit_term_start_date,
    {{ academic_year_label('member.cohort_year_start - 3') }} as ninth_grade_academic_year,
    credit.first_credit_academic_year,
    cast(coalesce(credit.degree_applicable_units, 0) as decimal(12, 2)) as degree_applicable_units,
    {{ academic_year_start('first_college.academic_year') }} - member.cohort_year_start as years_to_first_term,
    first_college.institution_type_code as first_college_type_code,
    coalesce(dual_college.first_academic_year <= member.cohort_year, false) as was_dual_enrolled_at_first_college
from member
left join credit
    on member.person_id = credit.person_id
left join first_college
    on member.person_id = first_college.person_id
left join {{ ref('int_college__dual_college') }} as dual_college
    on
        first_college.person_id = dual_college.person_id
        and first_college.institution_id = dual_college.institution_id
