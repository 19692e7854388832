{{ config(materialized='table') }}

/*
    What was known of a consortium on the day its last grant of the initiative ended, and of a pathway when its grant
    ended; and whether it was there afterwards. Only what comes before the outcome is a feature; what nobody reported is
    unknown.
*/
with consortium as (
    select
        unit_id as consortium_id,
        initiative_code,
        is_event,
        funding_end_date
    from {{ ref('int_collaboration__survival_subject') }}
    where unit_type = 'consortium' and is_at_risk and initiative_code <> 'all'
),

member as (
    select
        consortium.consortium_id,
        consortium.initiative_code,
        count(distinct spell.partner_id) as members,
        count(distinct spell.partner_id) filter (where spell.partner_type_code = 'EMPLOYER') as employers,
        bool_or(spell.partner_type_code = 'WORKFORCE_BOARD') as has_workforce_board,
        bool_or(spell.partner_type_code = 'COMMUNITY_COLLEGE') as has_college,
        bool_or(spell.partner_type_code = 'DISTRICT') as has_district
    from consortium
    inner join {{ ref('int_collaboration__membership') }} as spell
        on
            consortium.consortium_id = spell.consortium_id
            and consortium.funding_end_date between spell.joined_date and spell.effective_to
    group by consortium.consortium_id, consortium.initiative_code
),

staff as (
    select
        consortium.consortium_id,
        consortium.initiative_code,
        sum(report.staff_fte) as staff_fte
    from consortium
    inner join {{ ref('int_collaboration__member_report') }} as report
        on
            consortium.consortium_id = report.consortium_id
            and {{ academic_year_label(academic_year_start_of_date('consortium.funding_end_date')) }}
            = report.academic_year
    group by consortium.consortium_id, consortium.initiative_code
),

consortium_feature as (
    select
        consortium.consortium_id as unit_id,
        consortium.initiative_code,
        consortium.consortium_id as cluster_id,
        not consortium.is_event as has_survived,
        member.has_workforce_board,
        member.has_college,
        member.has_district,
        member.members >= median(member.members) over initiative as has_many_members,
        member.employers >= median(member.employers) over initiative as has_many_employers,
        staff.staff_fte >= median(staff.staff_fte) over initiative as has_much_staff,
        exists(
            select 1
            from {{ ref('int_collaboration__grant_line') }} as line
            where
                line.consortium_id = consortium.consortium_id
                and line.initiative_code <> consortium.initiative_code
                and consortium.funding_end_date >= line.grant_start_date
                and consortium.funding_end_date < coalesce(line.effective_end_date, date '9999-12-31')
        ) as has_other_funding
    from consortium
    left join member
        on
            consortium.consortium_id = member.consortium_id
            and consortium.initiative_code = member.initiative_code
    left join staff
        on
            consortium.consortium_id = staff.consortium_id
            and consortium.initiative_code = staff.initiative_code
    window initiative as (partition by consortium.initiative_code)
),

pathway as (
    select
        unit_id,
        initiative_code,
        district_id,
        funded_to,
        status <> 'closed_after_end' as has_survived,
        years_before > 0 as was_there_before,
        people_years_during / nullif(years_during, 0) as people_a_year
    from {{ ref('int_collaboration__continuity') }}
    where unit_type = 'pathway' and is_funded and is_observable and initiative_code <> 'all'
),

pathway_feature as (
    select
        pathway.unit_id,
        pathway.initiative_code,
        pathway.district_id as cluster_id,
        pathway.has_survived,
        pathway.was_there_before,
        pathway.people_a_year >= median(pathway.people_a_year) over (partition by pathway.initiative_code)
            as has_many_people,
        -- exists once: a district with several spells or lines counts once.
        exists(
            select 1
            from {{ ref('int_collaboration__membership') }} as spell
            where
                spell.partner_id = pathway.district_id
                and make_date(pathway.funded_to + 1, 6, 30) between spell.joined_date and spell.effective_to
        ) as has_member_district,
        exists(
            select 1
            from {{ ref('int_collaboration__grant_line') }} as line
            where
                line.institution_id = pathway.district_id
                and line.pathway_code is null
                and pathway.funded_to + 1 between line.first_year_start and line.last_year_start
        ) as has_other_funding
    from pathway
)

{% for unit_type, features in {
    'consortium': [
        'has_workforce_board', 'has_college', 'has_district', 'has_many_members', 'has_many_employers',
        'has_much_staff', 'has_other_funding',
    ],
    'pathway': ['was_there_before', 'has_many_people', 'has_member_district', 'has_other_funding'],
}.items() %}
{% set last_type = loop.last %}
{% for feature in features %}
        select
            '{{ unit_type }}' as unit_type,
            unit_id,
            initiative_code,
            cluster_id,
            '{{ feature }}' as feature_code,
            {{ feature }} as has_feature,
            has_survived
        from {{ unit_type }}_feature
        {% if not (last_type and loop.last) %}union all{% endif %}
{% endfor %}
{% endfor %}
