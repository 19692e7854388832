with place as (
    select
        partner_id,
        region_id
    from {{ ref('int_collaboration__partner_region') }}
),

-- Under 'all' initiatives, and under 'all' years, everybody counts once.
service as (
    select
        service.person_id,
        service.institution_id,
        service.grant_id,
        service.effective_from,
        unnest(['all', service.academic_year]) as academic_year,
        service.initiative_code
    from {{ ref('int_collaboration__service') }} as service
    where service.is_in_grant_years
),

completion as (
    select
        person_id,
        {{ academic_year_end_date('academic_year') }} as completion_date
    from {{ ref('int_k12__pathway_spell') }}
    where is_completer_no_hours
    union all
    select
        person_id,
        award_date as completion_date
    from {{ ref('int_college__credential') }}
),

-- Completed a pathway or earned a credential on or after the first day of service.
completer as (
    select
        service.person_id,
        service.initiative_code,
        service.academic_year,
        place.region_id
    from service
    inner join place
        on service.institution_id = place.partner_id
    inner join completion
        on
            service.person_id = completion.person_id
            and service.effective_from <= completion.completion_date
    group by service.person_id, service.initiative_code, service.academic_year, place.region_id
),

person as (
    select
        service.person_id,
        service.initiative_code,
        service.academic_year,
        place.region_id
    from service
    inner join place
        on service.institution_id = place.partner_id
    group by service.person_id, service.initiative_code, service.academic_year, place.region_id
),

person_flag as (
    select
        person.*,
        completer.person_id is not null as is_completer,
        count(*) over (
            partition by person.person_id, person.academic_year, person.region_id
        ) as initiative_count
    from person
    left join completer
        on
            person.person_id = completer.person_id
            and person.initiative_code = completer.initiative_code
            and person.academic_year = completer.academic_year
            and person.region_id = completer.region_id
),

people as (
    select
        academic_year,
        region_id,
        initiative_code,
        count(*) as people_served,
        count(*) filter (where initiative_count > 1) as people_in_other_initiatives,
        count(*) filter (where is_completer) as completers
    from person_flag
    group by academic_year, region_id, initiative_code
    union all
    select
        academic_year,
        region_id,
        'all' as initiative_code,
        count(distinct person_id) as people_served,
        count(distinct person_id) filter (where initiative_count > 1) as people_in_other_initiatives,
        count(distinct person_id) filter (where is_completer) as completers
    from person_flag
    group by academic_year, region_id
),

reported_grant as (
    select distinct
        grant_id,
        academic_year
    from service
),

paid_in_year as (
    select
        place.region_id,
        line.grant_id,
        line.institution_id,
        line.award_usd_per_year,
        line.initiative_code,
        unnest(['all', line.academic_year]) as academic_year
    from {{ ref('int_collaboration__grant_line_year') }} as line
    inner join place
        on line.institution_id = place.partner_id
),

paid as (
    select
        * exclude (initiative_code),
        unnest(['all', initiative_code]) as initiative_code
    from paid_in_year
),

money as (
    select
        line.academic_year,
        line.region_id,
        line.initiative_code,
        count(distinct line.institution_id) as partners,
        count(distinct line.grant_id) as grants,
        sum(line.award_usd_per_year) as award_usd,
        sum(line.award_usd_per_year) filter (where reported_grant.grant_id is null) as award_usd_without_people
    from paid as line
    left join reported_grant
        on
            line.grant_id = reported_grant.grant_id
            and line.academic_year = reported_grant.academic_year
    group by line.academic_year, line.region_id, line.initiative_code
)

select
    coalesce(money.academic_year, people.academic_year) as academic_year,
    coalesce(money.region_id, people.region_id) as region_id,
    coalesce(money.initiative_code, people.initiative_code) as initiative_code,
    coalesce(money.partners, 0) as partners,
    coalesce(money.grants, 0) as grants,
    cast(coalesce(money.award_usd, 0) as decimal(16, 2)) as award_usd,
    cast(coalesce(money.award_usd_without_people, 0) as decimal(16, 2)) as award_usd_without_people,
    coalesce(people.people_served, 0) as people_served,
    coalesce(people.people_in_other_initiatives, 0) as people_in_other_initiatives,
    coalesce(people.completers, 0) as completers,
    cast(money.award_usd / nullif(people.people_served, 0) as double) as award_usd_per_person,
    cast(money.award_usd / nullif(people.completers, 0) as double) as award_usd_per_completer
from money
full join people
    on
        money.academic_year = people.academic_year
        and money.region_id = people.region_id
        and money.initiative_code = people.initiative_code
