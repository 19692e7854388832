-- What a person is seen through besides their cohort's own sectors: whoever took dual enrollment took it under a CCAP
-- partnership at least once, or never; and whoever initiatives served, by which and by how many of them, ever.
with served as (
    -- distinct: the bridge has a row for each year of service.
    select distinct
        person_id,
        initiative_code
    from {{ ref('brg_person_initiative') }}
)

select
    person_id,
    'ccap' as dimension,
    case when bool_or(is_ccap) then 'yes' else 'no' end as dimension_value
from {{ ref('stg_dual_enrollment') }}
group by person_id
union all
select
    person_id,
    'initiative' as dimension,
    initiative_code as dimension_value
from served
union all
select
    person_id,
    'initiatives_served' as dimension,
    case count(*)
        when 1 then 'one'
        when 2 then 'two'
        else 'three_or_more'
    end as dimension_value
from served
group by person_id
