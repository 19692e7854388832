{{ config(materialized='table') }}

with graduate as (
    select
        person_id,
        cohort_year,
        leaving_date
    from {{ ref('int_k12__cohort') }}
    where cohort_basis = 'graduation_year' and dimension = 'all'
),

passed as (
    select
        graduate.person_id,
        section.academic_year,
        section.sector_code
    from graduate
    inner join {{ ref('int_college__dual_section') }} as section
        on
            graduate.person_id = section.person_id
            and graduate.cohort_year >= section.academic_year
    where section.is_credit and section.is_passed
),

credit as (
    select
        person_id,
        count(*) as credit_courses_passed
    from passed
    group by person_id
),

-- A course of the same sector and year as the completed pathway may be the capstone itself under another name.
pathway_and_credit as (
    select distinct passed.person_id
    from passed
    inner join {{ ref('int_k12__pathway_spell') }} as pathway
        on passed.person_id = pathway.person_id
    inner join graduate
        on
            pathway.person_id = graduate.person_id
            and pathway.academic_year <= graduate.cohort_year
    where
        pathway.is_completed_in_year
        and pathway.is_completer_no_hours
        and (
            pathway.academic_year <> passed.academic_year
            or pathway.sector_code is distinct from passed.sector_code
        )
),

pathway_certification as (
    select
        person_id,
        min(academic_year) as first_academic_year
    from {{ ref('stg_k12_pathway') }}
    where industry_certification_name is not null
    group by person_id
),

award as (
    select
        person_id,
        min(award_date) as first_award_date,
        min(award_date) filter (where award_level = 'industry') as first_industry_award_date
    from {{ ref('int_college__credential') }}
    group by person_id
),

work as (
    select
        person_id,
        min(academic_year) as first_academic_year
    from {{ ref('int_k12__work_based_learning_year') }}
    group by person_id
)

select
    graduate.person_id,
    coalesce(credit.credit_courses_passed, 0) as credit_courses_passed,
    pathway_and_credit.person_id is not null as has_pathway_and_college_credit,
    coalesce(work.first_academic_year <= graduate.cohort_year, false) as has_work_based_learning,
    coalesce(pathway_certification.first_academic_year <= graduate.cohort_year, false)
    or coalesce(award.first_industry_award_date <= graduate.leaving_date, false) as has_industry_certification,
    coalesce(pathway_certification.first_academic_year <= graduate.cohort_year, false)
    or coalesce(award.first_award_date <= graduate.leaving_date, false) as has_credential
from graduate
left join credit
    on graduate.person_id = credit.person_id
left join pathway_and_credit
    on graduate.person_id = pathway_and_credit.person_id
left join pathway_certification
    on graduate.person_id = pathway_certification.person_id
left join award
    on graduate.person_id = award.person_id
left join work
    on graduate.person_id = work.person_id
