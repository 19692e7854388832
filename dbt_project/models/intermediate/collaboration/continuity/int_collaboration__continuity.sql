{{ config(materialized='table') }}

/*
    Whether a pathway or link outlived its grant, judged by who is seen in it. Whether and until when it can be judged
    is decided by the years of the grant and by other people alone, never by who came to it afterwards: to judge all
    that were seen and only some that were not would flatter survival.
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

line as (
    select
        unnest([initiative_code, 'all']) as initiative_code,
        institution_id as district_id,
        school_id || '-' || pathway_code as pathway_id,
        first_year_start,
        case when effective_end_date is null then 9999 else last_year_start end as last_year_start
    from {{ ref('int_collaboration__grant_line') }}
),

-- The last year of the last grant; 9999 while a grant without an end is reported. A link is funded by the grants that
-- pay its district.
funding as (
    select
        unit.unit_type,
        unit.unit_id,
        unit.district_id,
        line.initiative_code,
        min(line.first_year_start) as funded_from,
        max(line.last_year_start) as funded_to
    from unit
    inner join line
        on
            unit.district_id = line.district_id
            and (unit.unit_type = 'link' or unit.unit_id = line.pathway_id)
    group by unit.unit_type, unit.unit_id, unit.district_id, line.initiative_code
),

never_funded as (
    select unit.*
    from unit
    left join funding
        on
            unit.unit_type = funding.unit_type
            and unit.unit_id = funding.unit_id
    where funding.unit_id is null
),

judged as (
    select
        unit_type,
        unit_id,
        initiative_code,
        funded_from,
        funded_to,
        true as is_funded
    from funding
    union all
    -- To compare with: who was never funded, by the dates of the funded ones of the same district.
    select
        never_funded.unit_type,
        never_funded.unit_id,
        funding.initiative_code,
        min(funding.funded_from) as funded_from,
        funding.funded_to,
        false as is_funded
    from never_funded
    inner join funding
        on
            never_funded.unit_type = funding.unit_type
            and never_funded.district_id = funding.district_id
    where funding.funded_to < 9999
    group by never_funded.unit_type, never_funded.unit_id, funding.initiative_code, funding.funded_to
    union all
    select
        unit_type,
        unit_id,
        null as initiative_code,
        null as funded_from,
        null as funded_to,
        false as is_funded
    from never_funded
),

-- Years for which one person counts in one unit: 1.67 in pathways and 1.11 in links of the default sample.
stay as (
    select
        unit_type,
        sum(people) / sum(people_new) as years_per_person,
        max(year_start) filter (where people > 0) as last_year
    from {{ ref('int_collaboration__activity') }}
    group by unit_type
),

activity as (
    select
        judged.*,
        activity.year_start,
        activity.people,
        activity.people_other,
        activity.pupils_other,
        min(activity.year_start) filter (where activity.people > 0) over unit_window as first_seen,
        max(activity.year_start) filter (where activity.people > 0) over unit_window as last_seen,
        max(activity.year_start) filter (
            where activity.people > 0 and activity.year_start <= judged.funded_to
        ) over unit_window as last_seen_funded
    from {{ ref('int_collaboration__activity') }} as activity
    inner join judged
        on
            activity.unit_type = judged.unit_type
            and activity.unit_id = judged.unit_id
    window unit_window as (
        partition by judged.unit_type, judged.unit_id, judged.initiative_code, judged.funded_to
    )
),

-- Beside how many others it had its people, from the year it was first seen to the last one before the funding ended.
-- A school's only pathway has other pupils beside it.
beside as (
    select
        *,
        case
            when
                sum(people_other) filter (where year_start between first_seen and last_seen_funded) over unit_window > 0
                then people_other
            else pupils_other
        end as others
    from activity
    window unit_window as (partition by unit_type, unit_id, initiative_code, funded_to)
),

share as (
    select
        *,
        sum(people) filter (where year_start between first_seen and last_seen_funded) over unit_window
        / nullif(sum(others) filter (where year_start between first_seen and last_seen_funded) over unit_window, 0)
            as usual_share
    from beside
    window unit_window as (partition by unit_type, unit_id, initiative_code, funded_to)
),

expected as (
    select
        share.*,
        stay.years_per_person,
        stay.last_year,
        -- Decimals add up the same in any order.
        cast(coalesce(share.others * share.usual_share, 0) / stay.years_per_person as decimal(24, 12))
            as persons_expected
    from share
    inner join stay
        on share.unit_type = stay.unit_type
),

-- Later than this no absence is evidence: too few would still have come.
reach as (
    select
        *,
        sum(persons_expected) over (
            partition by unit_type, unit_id, initiative_code, funded_to order by year_start desc
        ) >= {{ var('closure_least_persons') }} as is_evidence
    from expected
),

summed as (
    select
        unit_type,
        unit_id,
        initiative_code,
        is_funded,
        funded_from,
        funded_to,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        min(years_per_person) as years_per_person,
        min(last_year) as last_year,
        count(*) filter (where people > 0 and year_start < funded_from) as years_before,
        count(*) filter (where people > 0 and year_start between funded_from and funded_to) as years_during,
        count(*) filter (where people > 0 and year_start > funded_to) as years_after,
        coalesce(sum(people) filter (where year_start < funded_from), 0) as people_years_before,
        coalesce(sum(people) filter (where year_start between funded_from and funded_to), 0) as people_years_during,
        coalesce(sum(people) filter (where year_start > funded_to), 0) as people_years_after,
        count(*) filter (where people > 0) as years_active,
        coalesce(sum(persons_expected) filter (
            where year_start > last_seen_funded and year_start <= funded_to
        ), 0) >= {{ var('closure_least_persons') }} as is_gone_before_end,
        coalesce(sum(persons_expected) filter (where year_start > last_seen), 0) as expected_since,
        coalesce(sum(persons_expected) filter (where year_start > funded_to), 0) as expected_after,
        coalesce(max(year_start - funded_to) filter (where year_start > funded_to and is_evidence), 0)
            as years_observable
    from reach
    group by unit_type, unit_id, initiative_code, is_funded, funded_from, funded_to
)

select
    summed.unit_type,
    summed.unit_id,
    summed.initiative_code,
    summed.is_funded,
    summed.funded_from,
    nullif(summed.funded_to, 9999) as funded_to,
    summed.first_seen,
    summed.last_seen,
    summed.years_per_person,
    summed.years_active,
    summed.years_before,
    summed.years_during,
    summed.years_after,
    summed.people_years_before,
    summed.people_years_during,
    summed.people_years_after,
    summed.expected_since,
    summed.expected_after,
    summed.years_observable,
    unit.district_id,
    unit.school_id,
    unit.pathway_code,
    unit.college_id,
    case
        when summed.initiative_code is null then 'not_funded'
        when summed.first_seen > summed.funded_to then 'seen_only_after'
        when summed.is_gone_before_end and summed.last_seen <= summed.funded_to then 'closed_before_end'
        when summed.funded_to >= summed.last_year then 'still_funded'
        when summed.expected_since >= {{ var('closure_least_persons') }} then 'closed_after_end'
        when summed.last_seen > summed.funded_to then 'active_after_end'
        else 'not_observable'
    end as status,
    coalesce(
        summed.first_seen <= summed.funded_to and not summed.is_gone_before_end and summed.years_observable > 0, false
    ) as is_observable
from summed
inner join unit
    on
        summed.unit_type = unit.unit_type
        and summed.unit_id = unit.unit_id
