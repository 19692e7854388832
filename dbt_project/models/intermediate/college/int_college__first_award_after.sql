{{ config(materialized='table') }}

with graduate as (
    select
        person_id,
        dimension,
        dimension_value,
        leaving_date,
        is_concentrator
    from {{ ref('int_k12__cohort') }}
    where cohort_basis = 'graduation_year'
),

any_award as (
    select
        graduate.person_id,
        min(award.award_date) as award_date,
        min(award.award_date) filter (where award.award_level in ('associate', 'bachelor')) as degree_date,
        min(award.award_date) filter (where award.award_level = 'bachelor') as bachelor_date
    from graduate
    inner join {{ ref('int_college__credential') }} as award
        on
            graduate.person_id = award.person_id
            and graduate.leaving_date < award.award_date
    where graduate.dimension = 'all'
    group by graduate.person_id
),

-- An award completes a pathway only in a sector the person concentrated in.
concentration_award as (
    select
        graduate.person_id,
        graduate.dimension,
        graduate.dimension_value,
        min(award.award_date) as award_date
    from graduate
    inner join {{ ref('int_college__credential') }} as award
        on
            graduate.person_id = award.person_id
            and graduate.dimension = 'pathway_sector'
            and graduate.dimension_value = award.sector_code
            and graduate.leaving_date < award.award_date
    where graduate.is_concentrator
    group by graduate.person_id, graduate.dimension, graduate.dimension_value
)

select
    person_id,
    'any' as award_scope,
    'all' as dimension,
    'all' as dimension_value,
    award_date
from any_award
union all
select
    person_id,
    'degree' as award_scope,
    'all' as dimension,
    'all' as dimension_value,
    degree_date as award_date
from any_award
where degree_date is not null
union all
select
    person_id,
    'bachelor' as award_scope,
    'all' as dimension,
    'all' as dimension_value,
    bachelor_date as award_date
from any_award
where bachelor_date is not null
union all
select
    person_id,
    'concentration' as award_scope,
    dimension,
    dimension_value,
    award_date
from concentration_award
union all
select
    person_id,
    'concentration' as award_scope,
    'all' as dimension,
    'all' as dimension_value,
    min(award_date) as award_date
from concentration_award
group by person_id
