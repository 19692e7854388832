with cluster as (
    select
        unit_type,
        initiative_code,
        feature_code,
        has_feature,
        cluster_id,
        count(*) as units,
        count(*) filter (where has_survived) as survived
    from {{ ref('int_collaboration__feature') }}
    group by unit_type, initiative_code, feature_code, has_feature, cluster_id
),

-- Who shares a district counts as one: an interval is that of so many fewer units (Kish 1965).
arm as (
    select
        unit_type,
        initiative_code,
        feature_code,
        has_feature,
        cast(sum(units) as bigint) as units,
        cast(sum(survived) as bigint) as survived,
        sum(units * units) / sum(units) as design_effect
    from cluster
    group by unit_type, initiative_code, feature_code, has_feature
),

counted as (
    select
        unit_type,
        initiative_code,
        feature_code,
        coalesce(max(units) filter (where has_feature), 0) as units_with,
        coalesce(max(survived) filter (where has_feature), 0) as survived_with,
        coalesce(max(units) filter (where not has_feature), 0) as units_without,
        coalesce(max(survived) filter (where not has_feature), 0) as survived_without,
        coalesce(max(units) filter (where has_feature is null), 0) as units_unknown,
        units_with / max(design_effect) filter (where has_feature) as n_with,
        survived_with / max(design_effect) filter (where has_feature) as s_with,
        units_without / max(design_effect) filter (where not has_feature) as n_without,
        survived_without / max(design_effect) filter (where not has_feature) as s_without
    from arm
    group by unit_type, initiative_code, feature_code
)

select
    unit_type,
    initiative_code,
    feature_code,
    units_with,
    survived_with,
    units_without,
    survived_without,
    units_unknown,
    survived_with / nullif(units_with, 0) as share_with,
    survived_without / nullif(units_without, 0) as share_without,
    share_with - share_without as difference,
    case
        when units_with > 0 and units_without > 0
            then {{ newcombe_low('s_with', 'n_with', 's_without', 'n_without') }}
    end as difference_low,
    case
        when units_with > 0 and units_without > 0
            then {{ newcombe_high('s_with', 'n_with', 's_without', 'n_without') }}
    end as difference_high,
    case when survived_without > 0 then share_with / share_without end as survival_ratio,
    {{ risk_ratio_bound('-', 's_with', 'n_with', 's_without', 'n_without') }} as survival_ratio_low,
    {{ risk_ratio_bound('+', 's_with', 'n_with', 's_without', 'n_without') }} as survival_ratio_high
from counted
