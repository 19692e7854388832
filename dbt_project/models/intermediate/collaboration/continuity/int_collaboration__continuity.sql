{{ config(materialized='table') }}

/*
    Whether a pathway or link outlived its grant, judged by who is seen in it. It can be judged (is_observable) when at
    least `closure_least_expected` people would have been seen after the funding at its share of those around it until
    then, whether they were or not: to judge all that were seen and only some that were not would flatter survival.
    It is closed when so many would have been seen since the last one was.
*/
with unit as (
    select distinct
        unit_type,
        unit_id,
        district_id,
        school_id,
        pathway_code,
        college_id
    from {{ ref('int_collaboration__activity') }}
),

-- Grants without an end have no "after". A link is funded by the grants that pay its district.
pathway_funding as (
    select
        'pathway' as unit_type,
        school_id || '-' || pathway_code as unit_id,
        initiative_code,
        min(first_year_start) as funded_from,
        max(last_year_start) as funded_to
    from {{ ref('int_collaboration__grant_line') }}
    where pathway_code is not null and grant_end_date is not null
    group by school_id, pathway_code, initiative_code
),

district_funding as (
    select
        institution_id as district_id,
        initiative_code,
        min(first_year_start) as funded_from,
        min(last_year_start) as funded_to
    from {{ ref('int_collaboration__grant_line') }}
    where grant_end_date is not null
    group by institution_id, initiative_code
),

funding as (
    select * from pathway_funding
    union all
    select
        unit.unit_type,
        unit.unit_id,
        district_funding.initiative_code,
        district_funding.funded_from,
        district_funding.funded_to
    from unit
    inner join district_funding
        on unit.district_id = district_funding.district_id
    where unit.unit_type = 'link'
),

activity as (
    select
        activity.unit_type,
        activity.unit_id,
        funding.initiative_code,
        funding.funded_from,
        funding.funded_to,
        activity.year_start,
        activity.people,
        activity.people_around,
        max(activity.year_start) filter (where activity.people > 0) over (
            partition by activity.unit_type, activity.unit_id, funding.initiative_code
        ) as last_seen,
        min(activity.year_start) filter (where activity.people > 0) over (
            partition by activity.unit_type, activity.unit_id, funding.initiative_code
        ) as first_seen
    from {{ ref('int_collaboration__activity') }} as activity
    left join funding
        on
            activity.unit_type = funding.unit_type
            and activity.unit_id = funding.unit_id
),

-- The usual share: of the years from first seen to the end of the funding, or to the last seen where that is earlier.
share as (
    select
        *,
        sum(people) filter (where year_start between first_seen and least(funded_to, last_seen)) over unit_window
        / nullif(
            sum(people_around) filter (
                where year_start between first_seen and least(funded_to, last_seen)
            ) over unit_window,
            0
        ) as usual_share
    from activity
    window unit_window as (partition by unit_type, unit_id, initiative_code)
),

expected as (
    select
        *,
        -- Decimals add up the same in any order.
        cast(people_around * usual_share as decimal(24, 12)) as people_expected
    from share
),

summed as (
    select
        unit_type,
        unit_id,
        initiative_code,
        funded_from,
        funded_to,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        count(*) filter (where people > 0 and year_start < funded_from) as years_before,
        count(*) filter (where people > 0 and year_start between funded_from and funded_to) as years_during,
        count(*) filter (where people > 0 and year_start > funded_to) as years_after,
        coalesce(sum(people) filter (where year_start < funded_from), 0) as people_years_before,
        coalesce(sum(people) filter (where year_start between funded_from and funded_to), 0) as people_years_during,
        coalesce(sum(people) filter (where year_start > funded_to), 0) as people_years_after,
        count(*) filter (where people > 0) as years_active,
        sum(people) as people_years,
        coalesce(sum(people_expected) filter (
            where year_start > last_seen and year_start <= funded_to
        ), 0) as expected_before_end,
        coalesce(sum(people_expected) filter (where year_start > last_seen), 0) as expected_since,
        coalesce(sum(people_expected) filter (where year_start > funded_to), 0) as expected_after
    from expected
    group by unit_type, unit_id, initiative_code, funded_from, funded_to
)

select
    summed.*,
    unit.district_id,
    unit.school_id,
    unit.pathway_code,
    unit.college_id,
    case
        when summed.initiative_code is null then 'not_funded'
        when summed.first_seen > summed.funded_to then 'seen_only_after'
        when summed.expected_before_end >= {{ var('closure_least_expected') }} then 'closed_before_end'
        when summed.expected_since >= {{ var('closure_least_expected') }} then 'closed_after_end'
        when summed.last_seen > summed.funded_to then 'active_after_end'
        else 'not_observable'
    end as status,
    coalesce(
        summed.first_seen <= summed.funded_to
        and summed.expected_before_end < {{ var('closure_least_expected') }}
        and summed.expected_after >= {{ var('closure_least_expected') }},
        false
    ) as is_observable
from summed
inner join unit
    on
        summed.unit_type = unit.unit_type
        and summed.unit_id = unit.unit_id
