with size as (
    select
        entity_type,
        academic_year,
        region_id,
        initiative_code,
        count(*) as entities
    from {{ ref('int_collaboration__in_initiative') }}
    group by entity_type, academic_year, region_id, initiative_code
),

shared as (
    select
        one.entity_type,
        one.academic_year,
        one.region_id,
        one.initiative_code,
        other.initiative_code as other_initiative_code,
        count(*) as in_both
    from {{ ref('int_collaboration__in_initiative') }} as one
    inner join {{ ref('int_collaboration__in_initiative') }} as other
        on
            one.entity_type = other.entity_type
            and one.entity_id = other.entity_id
            and one.region_id = other.region_id
            and one.academic_year = other.academic_year
    group by one.entity_type, one.academic_year, one.region_id, one.initiative_code, other.initiative_code
)

select
    one.entity_type,
    one.academic_year,
    one.region_id,
    one.initiative_code,
    other.initiative_code as other_initiative_code,
    one.entities as in_initiative,
    other.entities as in_other,
    coalesce(shared.in_both, 0) as in_both,
    one.entities + other.entities - coalesce(shared.in_both, 0) as in_either,
    coalesce(shared.in_both, 0) / one.entities as share_of_initiative
from size as one
inner join size as other
    on
        one.entity_type = other.entity_type
        and one.academic_year = other.academic_year
        and one.region_id = other.region_id
left join shared
    on
        one.entity_type = shared.entity_type
        and one.academic_year = shared.academic_year
        and one.region_id = shared.region_id
        and one.initiative_code = shared.initiative_code
        and other.initiative_code = shared.other_initiative_code
-- An initiative with itself is its size: the diagonal.
where one.initiative_code <> other.initiative_code or shared.in_both is not null
