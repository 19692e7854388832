with moment as (
    select
        unit_type,
        initiative_code,
        years_after_funding,
        count(*) filter (where is_event) as ended,
        count(*) filter (where not is_event) as censored
    from {{ ref('int_collaboration__survival_subject') }}
    group by unit_type, initiative_code, years_after_funding
    union all
    -- Where every curve begins: all there, nobody gone.
    select
        unit_type,
        initiative_code,
        0 as years_after_funding,
        0 as ended,
        0 as censored
    from {{ ref('int_collaboration__survival_subject') }}
    group by unit_type, initiative_code
    having min(years_after_funding) > 0
),

at_risk as (
    select
        *,
        sum(ended + censored) over (
            partition by unit_type, initiative_code
            order by years_after_funding desc
        ) as at_risk
    from moment
),

-- Kaplan and Meier 1958; the variance is Greenwood's.
survived as (
    select
        *,
        product(1 - ended / at_risk) over time as survival,
        sum(case when ended < at_risk then ended / (at_risk * (at_risk - ended)) end) over time as greenwood_sum
    from at_risk
    window time as (partition by unit_type, initiative_code order by years_after_funding)
)

select
    unit_type,
    initiative_code,
    years_after_funding,
    cast(at_risk as bigint) as at_risk,
    ended,
    censored,
    survival,
    {{ survival_low('survival', 'greenwood_sum') }} as survival_low,
    {{ survival_high('survival', 'greenwood_sum') }} as survival_high
from survived
