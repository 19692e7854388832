{{ config(materialized='table') }}

with as_of as (
    select {{ academic_year_end_date('max(academic_year)') }} as as_of_date
    from {{ ref('stg_consortium_member') }}
),

-- Seen last in the year T after the end and gone in the next: the event is at T + 1. Seen to the end of what can be
-- observed: censored there.
unit as (
    select
        unit_type,
        unit_id,
        initiative_code,
        cast(
            greatest(last_seen - funded_to, 0) + case when status = 'closed_after_end' then 1 else 0 end as double
        ) as years_after_funding,
        status = 'closed_after_end' as is_event,
        make_date(funded_to + 1, 6, 30) as funding_end_date
    from {{ ref('int_collaboration__continuity') }}
    where is_observable
),

spell as (
    select
        'consortium' as unit_type,
        consortium_id as unit_id,
        consortium_id,
        min(joined_date) as effective_from,
        max(effective_to) as effective_to,
        arg_max(is_end_reported, (effective_to, is_end_reported)) as is_end_reported
    from {{ ref('int_collaboration__membership') }}
    group by consortium_id
    union all
    select
        'membership' as unit_type,
        consortium_id || '-' || partner_id || '-' || joined_date as unit_id,
        consortium_id,
        joined_date as effective_from,
        effective_to,
        is_end_reported
    from {{ ref('int_collaboration__membership') }}
),

dated as (
    select
        spell.unit_type,
        spell.unit_id,
        funding.initiative_code,
        date_diff('day', funding.first_end_date, least(spell.effective_to, as_of.as_of_date))
        / 365.25 as years_after_funding,
        -- A spell that is reported no more, without an end, is censored at its last report.
        spell.is_end_reported and spell.effective_to <= as_of.as_of_date as is_event,
        funding.first_end_date as funding_end_date
    from spell
    inner join {{ ref('int_collaboration__consortium_funding') }} as funding
        on spell.consortium_id = funding.consortium_id
    cross join as_of
    -- At risk: there when the funding ended, and some day of the time after it has been reported.
    where
        spell.effective_from <= funding.first_end_date
        and spell.effective_to > funding.first_end_date
        and funding.first_end_date < as_of.as_of_date
),

subject as (
    select * from unit
    union all
    select * from dated
)

select
    unit_type,
    unit_id,
    initiative_code,
    years_after_funding,
    is_event
from subject
union all
-- Under all initiatives a unit counts once, from the first end of its funding.
select
    unit_type,
    unit_id,
    'all' as initiative_code,
    years_after_funding,
    is_event
from subject
qualify row_number() over (partition by unit_type, unit_id order by funding_end_date, initiative_code) = 1
