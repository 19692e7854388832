{{ config(materialized='table') }}

/*
    What was known of a consortium on the day its first ending grant ended, and of a pathway when its grant ended; and
    whether it was there afterwards. Only what comes before the outcome is a feature.
*/
with consortium as (
    select
        subject.unit_id as consortium_id,
        subject.is_event,
        min(funding.first_end_date) as funding_end_date
    from {{ ref('int_collaboration__survival_subject') }} as subject
    inner join {{ ref('int_collaboration__consortium_funding') }} as funding
        on subject.unit_id = funding.consortium_id
    where subject.unit_type = 'consortium' and subject.initiative_code = 'all'
    group by subject.unit_id, subject.is_event
),

member as (
    select
        consortium.consortium_id,
        count(distinct spell.partner_id) as members,
        count(distinct spell.partner_id) filter (where spell.partner_type_code = 'EMPLOYER') as employers,
        bool_or(spell.partner_type_code = 'WORKFORCE_BOARD') as has_workforce_board,
        bool_or(spell.partner_type_code = 'COMMUNITY_COLLEGE') as has_college,
        bool_or(spell.partner_type_code = 'DISTRICT') as has_district
    from consortium
    left join {{ ref('int_collaboration__membership') }} as spell
        on
            consortium.consortium_id = spell.consortium_id
            and consortium.funding_end_date between spell.joined_date and spell.effective_to
    group by consortium.consortium_id
),

staff as (
    select
        consortium.consortium_id,
        sum(report.staff_fte) as staff_fte
    from consortium
    inner join {{ ref('int_collaboration__member_report') }} as report
        on
            consortium.consortium_id = report.consortium_id
            and {{ academic_year_label(academic_year_start_of_date('consortium.funding_end_date')) }}
            = report.academic_year
    group by consortium.consortium_id
),

other_money as (
    select
        consortium.consortium_id,
        count(distinct line.initiative_code) as initiatives
    from consortium
    inner join {{ ref('int_collaboration__grant_line') }} as line
        on
            consortium.consortium_id = line.consortium_id
            and consortium.funding_end_date >= line.grant_start_date
            and consortium.funding_end_date < coalesce(line.grant_end_date, date '9999-12-31')
    group by consortium.consortium_id
),

consortium_feature as (
    select
        consortium.consortium_id as unit_id,
        not consortium.is_event as has_survived,
        member.has_workforce_board,
        member.has_college,
        member.has_district,
        member.members >= median(member.members) over () as has_many_members,
        member.employers >= median(member.employers) over () as has_many_employers,
        coalesce(staff.staff_fte, 0) >= median(coalesce(staff.staff_fte, 0)) over () as has_much_staff,
        coalesce(other_money.initiatives, 0) > 0 as has_other_funding
    from consortium
    inner join member
        on consortium.consortium_id = member.consortium_id
    left join staff
        on consortium.consortium_id = staff.consortium_id
    left join other_money
        on consortium.consortium_id = other_money.consortium_id
),

pathway as (
    select
        unit_id,
        district_id,
        min(funded_to) as funded_to,
        bool_and(status <> 'closed_after_end') as has_survived,
        bool_or(years_before > 0) as was_there_before,
        sum(people_years_during) / nullif(sum(years_during), 0) as people_a_year
    from {{ ref('int_collaboration__continuity') }}
    where unit_type = 'pathway' and is_observable
    group by unit_id, district_id
),

pathway_feature as (
    select
        pathway.unit_id,
        pathway.has_survived,
        pathway.was_there_before,
        coalesce(pathway.people_a_year >= median(pathway.people_a_year) over (), false) as has_many_people,
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
            '{{ feature }}' as feature_code,
            coalesce({{ feature }}, false) as has_feature,
            has_survived
        from {{ unit_type }}_feature
        {% if not (last_type and loop.last) %}union all{% endif %}
{% endfor %}
{% endfor %}
