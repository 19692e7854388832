{{ config(materialized='table', schema='counted', database='unreleased') }}

with award as (
    select
        person_id,
        academic_year,
        institution_id,
        case award_level
            when 'bachelor' then 'bachelor_degree'
            when 'associate' then 'associate_degree'
            else 'credit_certificate'
        end as measure_code
    from {{ ref('int_college__credential') }}
    where
        is_community_college_award
        and award_type_code in ('A', 'S', 'Y', 'Z', 'M', 'T', 'F')
    -- The highest award of the year alone counts; of equal ones the one of more units, then the latest, then the
    -- lower issuer and award id.
    qualify
        row_number() over (
            partition by person_id, academic_year
            order by
                {{ award_level_order('award_level') }} desc, {{ award_units_order('award_type_code') }} desc,
                award_date desc, institution_id asc, award_id asc
        ) = 1
),

college_year as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id,
        sum(units_attempted) as units_attempted
    from {{ ref('int_college__term') }}
    where is_community_college
    group by person_id, academic_year, institution_id, district_id
),

home as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id
    from college_year
    qualify
        row_number() over (partition by person_id, academic_year order by units_attempted desc, institution_id asc) = 1
),

-- Twelve units in the district in the year, and at a university in the next one.
transfer as (
    select
        home.person_id,
        home.academic_year,
        home.institution_id,
        'transfer' as measure_code
    from home
    inner join {{ ref('int_college__term') }} as term
        on
            home.person_id = term.person_id
            and home.academic_year = term.academic_year
            and home.district_id = term.district_id
            and term.is_community_college
    inner join {{ ref('int_college__person_year') }} as next_year
        on
            home.person_id = next_year.person_id
            and {{ academic_year_start('home.academic_year') }} + 1 = next_year.year_start
            and next_year.was_at_university
    group by home.person_id, home.academic_year, home.institution_id
    having sum(term.units_earned) >= 12
),

success as (
    select * from award
    union all
    select * from transfer
    union all
    select
        person_id,
        cohort_year as academic_year,
        institution_id,
        'nine_cte_units' as measure_code
    from {{ ref('cohort_college_year') }}
    where dimension = 'all' and cte_units_earned >= 9
    union all
    select
        person_id,
        cohort_year as academic_year,
        institution_id,
        'living_wage' as measure_code
    from {{ ref('cohort_exiter') }}
    where dimension = 'all' and 4 * oct_dec_wages_usd >= living_wage_usd
),

aid as (
    select
        person_id,
        academic_year,
        bool_or(aid_status_code = 'PELL') as has_pell,
        bool_or(aid_status_code = 'PROMISE') as has_promise
    from {{ ref('int_college__term') }}
    where is_community_college
    group by person_id, academic_year
)

select
    success.institution_id,
    success.academic_year,
    success.measure_code,
    count(*) as success_count,
    count(*) filter (where aid.has_pell) as pell_count,
    count(*) filter (where aid.has_promise and not aid.has_pell) as promise_count
from success
left join aid
    on
        success.person_id = aid.person_id
        and success.academic_year = aid.academic_year
group by success.institution_id, success.academic_year, success.measure_code
