{{ config(materialized='table') }}

with known_to as (
    select
        {% for feed in person_feeds() %}
            coalesce(bool_or(feed = '{{ feed }}'), false) as is_in_{{ feed }},
        {% endfor %}
        person_id
    from {{ ref('int_person__feed') }}
    group by person_id
),

-- Counted by institution first: the five region schemes then multiply cells and not people.
institution_count as (
    select
        place.feed as from_feed,
        place.institution_id,
        student_group.student_group,
        student_group.student_group_value,
        {% for feed in person_feeds() %}
            count(*) filter (where known_to.is_in_{{ feed }}) as n_in_{{ feed }},
        {% endfor %}
        count(*) filter (where attribute.is_matchable_to_wages and known_to.is_in_wage) as n_matched_to_wages,
        count(*) filter (where attribute.is_matchable_to_wages) as n_matchable_to_wages,
        count(*) as n_people
    from {{ ref('int_linkage__place') }} as place
    inner join known_to
        on place.person_id = known_to.person_id
    inner join {{ ref('int_person__attribute') }} as attribute
        on place.person_id = attribute.person_id
    inner join {{ ref('int_person__student_group') }} as student_group
        on
            place.person_id = student_group.person_id
            -- Whoever has aid is in college: by it, nobody's match with college files would be in doubt.
            and student_group.student_group <> 'economically_disadvantaged_by_aid'
    group by place.feed, place.institution_id, student_group.student_group, student_group.student_group_value
),

region_count as (
    select
        institution_count.from_feed,
        region.region_id,
        institution_count.student_group,
        institution_count.student_group_value,
        {% for feed in person_feeds() %}
            sum(institution_count.n_in_{{ feed }}) as n_in_{{ feed }},
        {% endfor %}
        sum(institution_count.n_matched_to_wages) as n_matched_to_wages,
        sum(institution_count.n_matchable_to_wages) as n_matchable_to_wages,
        sum(institution_count.n_people) as n_people
    from institution_count
    inner join {{ ref('int_institution__region') }} as region
        on institution_count.institution_id = region.institution_id
    group by
        institution_count.from_feed,
        region.region_id,
        institution_count.student_group,
        institution_count.student_group_value
)

{% for feed in person_feeds() %}
    select
        from_feed,
        '{{ feed }}' as to_feed,
        region_id,
        student_group,
        student_group_value,
        cast(n_people as bigint) as n_people,
        cast({{ 'n_matchable_to_wages' if feed == 'wage' else 'n_people' }} as bigint) as n_matchable,
        cast({{ 'n_matched_to_wages' if feed == 'wage' else 'n_in_' ~ feed }} as bigint) as n_matched
    from region_count
    where from_feed <> '{{ feed }}'
    {% if not loop.last %}union all{% endif %}
{% endfor %}
