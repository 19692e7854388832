{{ config(meta={'made_by': ['cohort_year']}) }}

{% set stages = ['high_school_pathway', 'high_school_outcome', 'first_college', 'highest_credential', 'earnings'] %}
{% set keys = [
    'institution_id', 'cohort_year', 'dimension', 'dimension_value', 'from_stage', 'from_state', 'to_stage', 'to_state',
] %}

with {{ cohort_members('journey') }},

step as (
    {% for to_stage in stages[1:] %}
    select
        *,
        '{{ stages[loop.index0] }}' as from_stage,
        {{ stages[loop.index0] }} as from_state,
        '{{ to_stage }}' as to_stage,
        {{ to_stage }} as to_state
    from member
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Everybody by group, and every dimension as a whole: a dimension by group would be links of one or two people.
place_count as (
    select
        {{ keys | join(', ') }},
        {{ student_group_and_value() }},
        count(*) as n_people
    from step
    where dimension = 'all'
    {{ group_by_sets(keys, ['all'] + group_columns().keys() | list) }}
    union all
    select
        {{ keys | join(', ') }},
        'all' as student_group,
        'all' as student_group_value,
        count(*) as n_people
    from step
    where dimension <> 'all'
    group by all
)

select
    place_count.cohort_year,
    region.region_scheme,
    region.region_id,
    place_count.dimension,
    place_count.dimension_value,
    place_count.student_group,
    place_count.student_group_value,
    place_count.from_stage,
    place_count.from_state,
    place_count.to_stage,
    place_count.to_state,
    cast(sum(place_count.n_people) as bigint) as n_people
from place_count
inner join {{ ref('brg_place_region') }} as region
    on place_count.institution_id = region.place_id
where
    place_count.student_group_value is not null
    and region.region_scheme not in {{ narrow_region_schemes() }}
group by all
