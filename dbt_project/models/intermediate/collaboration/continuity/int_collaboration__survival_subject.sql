{{ config(materialized='table') }}

with as_of as (
    select {{ academic_year_end_date('max(academic_year)') }} as as_of_date
    from {{ ref('stg_consortium_member') }}
),

-- Seen last in the year T after the end and gone in the next: the event is at T + 1. Not gone: censored where absence
-- stops to be evidence, seen later or not.
unit as (
    select
        unit_type,
        unit_id,
        initiative_code,
        is_funded,
        district_id as cluster_id,
        make_date(funded_to + 1, 6, 30) as funding_end_date,
        status,
        is_observable as is_at_risk,
        cast(
            case
                when not is_observable then null
                when status = 'closed_after_end' then greatest(last_seen - funded_to, 0) + 1
                else years_observable
            end as double
        ) as years_after_funding
    from {{ ref('int_collaboration__continuity') }}
    where initiative_code is not null
),

spell as (
    select
        'consortium' as unit_type,
        consortium_id as unit_id,
        consortium_id,
        min(joined_date) as effective_from,
        max(effective_to) as effective_to
    from {{ ref('int_collaboration__membership') }}
    group by consortium_id
    union all
    select
        'membership' as unit_type,
        consortium_id || '-' || partner_id || '-' || joined_date as unit_id,
        consortium_id,
        joined_date as effective_from,
        effective_to
    from {{ ref('int_collaboration__membership') }}
),

-- Who ends on the last day of the money ended with it, at time 0.
dated as (
    select
        spell.*,
        funding.initiative_code,
        funding.funding_end_date,
        as_of.as_of_date,
        case
            when spell.effective_from > funding.funding_end_date then 'seen_only_after'
            when spell.effective_to < funding.funded_from then 'closed_before_start'
            when
                spell.effective_to < coalesce(funding.funding_end_date, as_of.as_of_date + 1)
                and spell.effective_to <= as_of.as_of_date
                then 'closed_before_end'
            when coalesce(funding.funding_end_date >= as_of.as_of_date, true) then 'still_funded'
            when spell.effective_to <= as_of.as_of_date then 'closed_after_end'
            else 'active_after_end'
        end as status
    from spell
    inner join {{ ref('int_collaboration__consortium_funding') }} as funding
        on spell.consortium_id = funding.consortium_id
    cross join as_of
),

subject as (
    select * from unit
    union all
    select
        unit_type,
        unit_id,
        initiative_code,
        true as is_funded,
        consortium_id as cluster_id,
        funding_end_date,
        status,
        status in ('closed_after_end', 'active_after_end') as is_at_risk,
        case
            when status in ('closed_after_end', 'active_after_end')
                then date_diff('day', funding_end_date, least(effective_to, as_of_date)) / 365.25
        end as years_after_funding
    from dated
)

select
    *,
    is_at_risk and status = 'closed_after_end' as is_event
from subject
