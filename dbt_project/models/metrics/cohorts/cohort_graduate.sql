with graduate as (
    select
        cohort_year,
        person_id,
        institution_id,
        dimension,
        dimension_value,
        leaving_date,
        is_participant,
        is_concentrator,
        is_completer_300_hours,
        is_completer_no_hours,
        make_date({{ academic_year_start('cohort_year') }} + 1, 8, 15) as august_15_date,
        make_date({{ academic_year_start('cohort_year') }} + 1, 10, 31) as october_31_date,
        {{ quarter_index_of_date('leaving_date') }} + 2 as second_quarter_index,
        -- July to September after the graduation year.
        ({{ academic_year_start('cohort_year') }} + 1) * 4 + 2 as summer_quarter_index
    from {{ ref('int_k12__cohort') }}
    where cohort_basis = 'graduation_year'
)

select
    graduate.cohort_year,
    graduate.person_id,
    graduate.institution_id,
    graduate.dimension,
    graduate.dimension_value,
    graduate.leaving_date,
    graduate.august_15_date,
    graduate.october_31_date,
    graduate.is_participant,
    graduate.is_concentrator,
    graduate.is_completer_300_hours,
    graduate.is_completer_no_hours,
    coalesce(dual_enrollment.first_academic_year <= graduate.cohort_year, false) as was_dual_enrolled,
    preparation.credit_courses_passed,
    preparation.credit_courses_passed >= 1 as has_early_college_credit,
    concentration_credit.person_id is not null as has_credit_in_concentration,
    preparation.has_pathway_and_college_credit,
    preparation.has_work_based_learning,
    preparation.has_industry_certification,
    preparation.has_credential,
    college.first_term_start_date,
    college.first_college_type_code,
    coalesce(dual_college.first_academic_year <= graduate.cohort_year, false) as was_dual_enrolled_at_first_college,
    college.first_autumn_term_start_date,
    college.first_community_college_term_start_date,
    college.first_community_college_year_cte_units,
    any_award.award_date as first_award_date,
    degree.award_date as first_degree_date,
    bachelor.award_date as first_bachelor_date,
    concentration_award.award_date as first_concentration_award_date,
    coalesce(college.was_enrolled_second_quarter, false) as was_enrolled_second_quarter,
    person.is_matchable_to_wages as is_matchable,
    person.is_matchable_to_wages and person.is_found_in_wages as is_matched,
    -- Wages of somebody who cannot be matched are not theirs to count.
    case when person.is_matchable_to_wages then second_quarter.quarterly_wages_usd end as second_quarter_wages_usd,
    case when person.is_matchable_to_wages then summer_quarter.quarterly_wages_usd end as july_september_wages_usd
from graduate
inner join {{ ref('int_person__attribute') }} as person
    on graduate.person_id = person.person_id
inner join {{ ref('int_k12__graduate_preparation') }} as preparation
    on graduate.person_id = preparation.person_id
left join {{ ref('int_college__dual_enrollment') }} as dual_enrollment
    on graduate.person_id = dual_enrollment.person_id
left join {{ ref('int_college__dual_concentration') }} as concentration_credit
    on
        graduate.person_id = concentration_credit.person_id
        and graduate.dimension = concentration_credit.dimension
        and graduate.dimension_value = concentration_credit.dimension_value
left join {{ ref('int_college__after_high_school') }} as college
    on
        graduate.person_id = college.person_id
        and college.cohort_basis = 'graduation_year'
left join {{ ref('int_college__dual_college') }} as dual_college
    on
        graduate.person_id = dual_college.person_id
        and college.first_college_id = dual_college.institution_id
left join {{ ref('int_college__first_award_after') }} as any_award
    on
        graduate.person_id = any_award.person_id
        and any_award.award_scope = 'any'
left join {{ ref('int_college__first_award_after') }} as degree
    on
        graduate.person_id = degree.person_id
        and degree.award_scope = 'degree'
left join {{ ref('int_college__first_award_after') }} as bachelor
    on
        graduate.person_id = bachelor.person_id
        and bachelor.award_scope = 'bachelor'
left join {{ ref('int_college__first_award_after') }} as concentration_award
    on
        graduate.person_id = concentration_award.person_id
        and graduate.dimension = concentration_award.dimension
        and graduate.dimension_value = concentration_award.dimension_value
        and concentration_award.award_scope = 'concentration'
left join {{ ref('int_wage__person_quarter') }} as second_quarter
    on
        graduate.person_id = second_quarter.person_id
        and graduate.second_quarter_index = second_quarter.quarter_index
left join {{ ref('int_wage__person_quarter') }} as summer_quarter
    on
        graduate.person_id = summer_quarter.person_id
        and graduate.summer_quarter_index = summer_quarter.quarter_index
