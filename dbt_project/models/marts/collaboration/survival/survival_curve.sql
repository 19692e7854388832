with subject as (
    select
        *,
        count(*) over (partition by unit_type, initiative_code, is_funded, cluster_id) as units_of_cluster,
        row_number() over (
            partition by unit_type, initiative_code, is_funded, cluster_id
            order by years_after_funding desc, unit_id desc, funding_end_date desc
        ) = 1 as is_last_of_cluster
    from {{ ref('int_collaboration__survival_subject') }}
    where is_at_risk
),

-- Who shares a consortium or a district may share its fate: with clusters of m units the variance is up to
-- sum(m * m) / sum(m) times that of independent ones (Kish 1965).
design as (
    select
        unit_type,
        initiative_code,
        is_funded,
        sum(units_of_cluster) / count(*) as design_effect
    from subject
    group by unit_type, initiative_code, is_funded
),

moment as (
    select
        unit_type,
        initiative_code,
        is_funded,
        years_after_funding,
        count(*) filter (where is_event) as ended,
        count(*) filter (where not is_event) as censored,
        count(*) filter (where is_last_of_cluster) as last_clusters
    from subject
    group by unit_type, initiative_code, is_funded, years_after_funding
    union all
    -- Where every curve begins: all there, nobody gone.
    select
        unit_type,
        initiative_code,
        is_funded,
        0 as years_after_funding,
        0 as ended,
        0 as censored,
        0 as last_clusters
    from subject
    group by unit_type, initiative_code, is_funded
    having min(years_after_funding) > 0
),

at_risk as (
    select
        *,
        sum(ended + censored) over later as at_risk,
        sum(last_clusters) over later as clusters
    from moment
    window later as (partition by unit_type, initiative_code, is_funded order by years_after_funding desc)
),

-- Kaplan and Meier 1958; the variance is Greenwood's, times the design effect.
survived as (
    select
        at_risk.*,
        design.design_effect,
        product(1 - at_risk.ended / at_risk.at_risk) over time as survival,
        design.design_effect * sum(
            case
                when at_risk.ended < at_risk.at_risk
                    then at_risk.ended / (at_risk.at_risk * (at_risk.at_risk - at_risk.ended))
            end
        ) over time as variance_sum
    from at_risk
    inner join design
        on
            at_risk.unit_type = design.unit_type
            and at_risk.initiative_code = design.initiative_code
            and at_risk.is_funded = design.is_funded
    window time as (
        partition by at_risk.unit_type, at_risk.initiative_code, at_risk.is_funded
        order by at_risk.years_after_funding
    )
),

bounded as (
    select
        *,
        {{ survival_low('survival', 'variance_sum', 'clusters') }} as low,
        {{ survival_high('survival', 'variance_sum', 'clusters') }} as high
    from survived
)

select
    unit_type,
    initiative_code,
    is_funded,
    years_after_funding,
    cast(at_risk as bigint) as at_risk,
    cast(clusters as bigint) as clusters,
    ended,
    censored,
    survival,
    low as survival_low,
    -- Once nobody is left the upper end is no higher than before.
    case
        when survival > 0 then high
        else least(
            high,
            lag(high) over (
                partition by unit_type, initiative_code, is_funded order by years_after_funding
            )
        )
    end as survival_high,
    case
        when survival <= 0 or survival >= 1 then 'exact_binomial_of_clusters'
        when design_effect > 1 then 'greenwood_log_log_by_cluster'
        else 'greenwood_log_log'
    end as interval_method
from bounded
