with entity as (
    select
        entity_type,
        academic_year,
        region_id,
        entity_id,
        count(*) as initiative_count
    from {{ ref('int_collaboration__in_initiative') }}
    group by entity_type, academic_year, region_id, entity_id
),

total as (
    select
        entity_type,
        academic_year,
        region_id,
        count(*) as entities_in_any,
        list(initiative_count) as initiative_counts
    from entity
    group by entity_type, academic_year, region_id
),

step as (
    select
        *,
        unnest(range(1, (select count(*) + 1 from {{ ref('initiative') }}))) as at_least_initiatives
    from total
),

counted as (
    select
        entity_type,
        academic_year,
        region_id,
        cast(at_least_initiatives as integer) as at_least_initiatives,
        cast(len(list_filter(initiative_counts, lambda n: n >= at_least_initiatives)) as bigint) as entities,
        entities_in_any
    from step
)

select
    entity_type,
    academic_year,
    region_id,
    at_least_initiatives,
    entities,
    entities_in_any,
    entities / entities_in_any as share
from counted
