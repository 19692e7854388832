-- Credit in a sector concentrated in, under that sector and under 'all'.
with sector as (
    select
        graduate.person_id,
        graduate.lens_code
    from {{ ref('int_k12__cohort') }} as graduate
    inner join {{ ref('int_college__dual_credit') }} as credit
        on
            graduate.person_id = credit.person_id
            and graduate.lens_type = credit.lens_type
            and graduate.lens_code = credit.lens_code
            and graduate.cohort_year >= credit.first_credit_academic_year
    where
        graduate.cohort_basis = 'graduation_year'
        and graduate.lens_type = 'pathway_sector'
        and graduate.is_concentrator
)

select
    person_id,
    'pathway_sector' as lens_type,
    lens_code
from sector
union all
-- distinct: credit in two sectors is one 'all'.
select distinct
    person_id,
    'all' as lens_type,
    'all' as lens_code
from sector
