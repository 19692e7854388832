with reported as (
    select
        consortium_id,
        {{ academic_year_start('academic_year') }} as year_start
    from {{ ref('int_collaboration__grant_line_year') }}
    union all
    select
        consortium_id,
        {{ academic_year_start('academic_year') }} as year_start
    from {{ ref('int_collaboration__service') }}
    union all
    select
        consortium_id,
        {{ academic_year_start_of_date('joined_date') }} as year_start
    from {{ ref('int_collaboration__membership') }}
    union all
    select
        consortium.consortium_id,
        (select max({{ academic_year_start('academic_year') }}) from {{ ref('int_collaboration__member_report') }})
            as year_start
    from {{ ref('dim_consortium') }} as consortium
),

-- Every year from the first membership, grant or service to the last, those after a dissolution included.
consortium_year as (
    select
        consortium.consortium_id,
        consortium.region_id,
        unnest(range(min(reported.year_start), max(reported.year_start) + 1)) as year_start
    from {{ ref('dim_consortium') }} as consortium
    inner join reported
        on consortium.consortium_id = reported.consortium_id
    group by consortium.consortium_id, consortium.region_id
),

member as (
    select
        consortium_id,
        academic_year,
        count(distinct partner_id) as members,
        count(distinct partner_type_code) as partner_types,
        count(distinct partner_id) filter (where partner_type_code = 'DISTRICT') as districts,
        count(distinct partner_id) filter (
            where partner_type_code in ('COMMUNITY_COLLEGE', 'UNIVERSITY')
        ) as colleges,
        count(distinct partner_id) filter (where partner_type_code = 'WORKFORCE_BOARD') as workforce_boards,
        count(distinct partner_id) filter (where partner_type_code = 'EMPLOYER') as employers,
        count(distinct partner_id) filter (where staff_fte is not null) as members_reporting_staff,
        sum(staff_fte) as staff_fte
    from {{ ref('int_collaboration__member_report') }}
    group by consortium_id, academic_year
),

turnover as (
    select
        consortium_id,
        {{ academic_year_label(academic_year_start_of_date('change_date')) }} as academic_year,
        count(*) filter (where change = 'joined') as joined,
        count(*) filter (where change = 'left') as departed
    from (
        select
            consortium_id,
            joined_date as change_date,
            'joined' as change
        from {{ ref('int_collaboration__membership') }}
        union all
        select
            consortium_id,
            effective_to as change_date,
            'left' as change
        from {{ ref('int_collaboration__membership') }}
        where effective_to < date '9999-12-31'
    ) as change
    group by consortium_id, academic_year
),

funding as (
    select
        consortium_id,
        academic_year,
        count(distinct initiative_code) as initiatives,
        string_agg(distinct initiative_code, ', ' order by initiative_code) as initiative_codes,
        count(distinct grant_id) as grants,
        sum(award_usd_per_year) as award_usd,
        bool_or(has_end) as has_ending_grant
    from {{ ref('int_collaboration__grant_line_year') }}
    where consortium_id is not null
    group by consortium_id, academic_year
),

funded as (
    select
        consortium_id,
        min({{ academic_year_start('academic_year') }}) as first_funded,
        max({{ academic_year_start('academic_year') }}) as last_funded
    from {{ ref('int_collaboration__grant_line_year') }}
    where consortium_id is not null and has_end
    group by consortium_id
),

service as (
    select
        consortium_id,
        academic_year,
        count(distinct person_id) filter (where is_in_grant_years) as people_served,
        count(distinct person_id) filter (where not is_in_grant_years) as people_outside_grant_years,
        count(distinct service_type_code) filter (where is_in_grant_years) as service_types,
        string_agg(distinct service_type_code, ', ' order by service_type_code) filter (
            where is_in_grant_years
        ) as service_type_codes
    from {{ ref('int_collaboration__service') }}
    where consortium_id is not null
    group by consortium_id, academic_year
),

year as (
    select
        *,
        {{ academic_year_label('year_start') }} as academic_year
    from consortium_year
)

select
    year.consortium_id,
    year.academic_year,
    year.region_id,
    case
        when funded.first_funded is null then 'never'
        when funding.has_ending_grant then 'during'
        when year.year_start < funded.first_funded then 'before'
        when year.year_start > funded.last_funded then 'after'
        else 'between'
    end as grant_phase,
    coalesce(member.members, 0) as members,
    coalesce(member.partner_types, 0) as partner_types,
    coalesce(member.districts, 0) as districts,
    coalesce(member.colleges, 0) as colleges,
    coalesce(member.workforce_boards, 0) as workforce_boards,
    coalesce(member.employers, 0) as employers,
    coalesce(turnover.joined, 0) as joined,
    coalesce(turnover.departed, 0) as departed,
    coalesce(member.members_reporting_staff, 0) as members_reporting_staff,
    cast(member.staff_fte as decimal(10, 2)) as staff_fte,
    report.lead_partner_id,
    coalesce(funding.initiatives, 0) as initiatives,
    funding.initiative_codes,
    coalesce(funding.grants, 0) as grants,
    cast(coalesce(funding.award_usd, 0) as decimal(16, 2)) as award_usd,
    coalesce(service.people_served, 0) as people_served,
    coalesce(service.people_outside_grant_years, 0) as people_outside_grant_years,
    coalesce(service.service_types, 0) as service_types,
    service.service_type_codes
from year
left join member
    on
        year.consortium_id = member.consortium_id
        and year.academic_year = member.academic_year
left join {{ ref('int_collaboration__consortium_report') }} as report
    on
        year.consortium_id = report.consortium_id
        and year.academic_year = report.academic_year
left join turnover
    on
        year.consortium_id = turnover.consortium_id
        and year.academic_year = turnover.academic_year
left join funding
    on
        year.consortium_id = funding.consortium_id
        and year.academic_year = funding.academic_year
left join funded
    on year.consortium_id = funded.consortium_id
left join service
    on
        year.consortium_id = service.consortium_id
        and year.academic_year = service.academic_year
