-- Credit in a sector concentrated in, under that sector and under 'all'.
with sector as (
    select
        graduate.person_id,
        graduate.dimension_value
    from {{ ref('int_k12__cohort') }} as graduate
    inner join {{ ref('int_college__dual_credit') }} as credit
        on
            graduate.person_id = credit.person_id
            and graduate.dimension = credit.dimension
            and graduate.dimension_value = credit.dimension_value
            and graduate.cohort_year >= credit.first_credit_academic_year
    where
        graduate.cohort_basis = 'graduation_year'
        and graduate.dimension = 'pathway_sector'
        and graduate.is_concentrator
)

select
    person_id,
    'pathway_sector' as dimension,
    dimension_value
from sector
union all
-- distinct: credit in two sectors is one 'all'.
select distinct
    person_id,
    'all' as dimension,
    'all' as dimension_value
from sector
