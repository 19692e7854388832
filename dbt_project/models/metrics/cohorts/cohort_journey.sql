with completion as (
    select
        cohort.*,
        graduation.graduation_date,
        graduation.completion_date,
        {{ academic_year_end_date('cohort.cohort_year') }} as expected_graduation_date,
        -- October to December of the seventh year after the expected graduation.
        ({{ academic_year_start('cohort.cohort_year') }} + 7) * 4 + 3 as outcome_quarter_index
    from {{ ref('int_k12__cohort') }} as cohort
    inner join {{ ref('int_k12__graduation') }} as graduation
        on cohort.person_id = graduation.person_id
    where cohort.cohort_basis = 'expected_graduation_year'
),

-- University before community college when both begin on one day.
first_college as (
    select
        completion.person_id,
        case
            when institution.institution_type_code = 'UNIVERSITY' then 'university'
            else 'community_college'
        end as first_college
    from completion
    inner join {{ ref('int_college__term') }} as term
        on
            completion.person_id = term.person_id
            and completion.completion_date < term.term_start_date
            and completion.completion_date + interval 16 month >= term.term_start_date
    left join {{ ref('int_institution__current') }} as institution
        on term.institution_id = institution.institution_id
    where completion.dimension = 'all'
    qualify
        row_number() over (
            partition by completion.person_id order by term.term_start_date asc, first_college desc
        ) = 1
),

highest_award as (
    select
        completion.person_id,
        arg_max(
            case when award.award_level in ('associate', 'bachelor') then award.award_level else 'certificate' end,
            award.award_level_rank
        ) as highest_credential
    from completion
    inner join {{ ref('int_college__credential') }} as award
        on
            completion.person_id = award.person_id
            and completion.completion_date < award.award_date
            and completion.expected_graduation_date + interval 72 month >= award.award_date
    where completion.dimension = 'all'
    group by completion.person_id
)

select
    completion.cohort_year,
    completion.person_id,
    completion.institution_id,
    completion.dimension,
    completion.dimension_value,
    attribute.is_matchable_to_wages as is_matchable,
    attribute.is_matchable_to_wages and attribute.is_found_in_wages as is_matched,
    case
        when completion.is_completer_no_hours then 'completer'
        when completion.is_concentrator then 'concentrator'
        when completion.is_participant then 'participant'
        else 'none'
    end as high_school_pathway,
    case
        when completion.graduation_date is not null then 'graduated'
        when completion.completion_date is not null then 'completed_otherwise'
        else 'left'
    end as high_school_outcome,
    coalesce(first_college.first_college, 'none') as first_college,
    coalesce(highest_award.highest_credential, 'none') as highest_credential,
    case
        when not attribute.is_matchable_to_wages then 'not_matchable'
        when wage.quarterly_wages_usd is null then 'not_found'
        when 4 * wage.quarterly_wages_usd >= living_wage.annual_usd then 'living_wage'
        else 'below_living_wage'
    end as earnings
from completion
inner join {{ ref('int_person__attribute') }} as attribute
    on completion.person_id = attribute.person_id
left join first_college
    on completion.person_id = first_college.person_id
left join highest_award
    on completion.person_id = highest_award.person_id
left join {{ ref('int_wage__person_quarter') }} as wage
    on
        completion.person_id = wage.person_id
        and completion.outcome_quarter_index = wage.quarter_index
left join {{ ref('int_institution__current') }} as school
    on completion.institution_id = school.institution_id
left join {{ ref('int_wage__living_wage') }} as living_wage
    on school.county_fips = living_wage.county_fips
