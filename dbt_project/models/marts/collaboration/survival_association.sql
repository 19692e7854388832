with counted as (
    select
        unit_type,
        feature_code,
        count(*) filter (where has_feature) as units_with,
        count(*) filter (where has_feature and has_survived) as survived_with,
        count(*) filter (where not has_feature) as units_without,
        count(*) filter (where not has_feature and has_survived) as survived_without
    from {{ ref('int_collaboration__feature') }}
    group by unit_type, feature_code
)

select
    unit_type,
    feature_code,
    units_with,
    survived_with,
    units_without,
    survived_without,
    survived_with / nullif(units_with, 0) as share_with,
    survived_without / nullif(units_without, 0) as share_without,
    share_with - share_without as difference,
    case
        when units_with > 0 and units_without > 0
            then {{ newcombe_low('survived_with', 'units_with', 'survived_without', 'units_without') }}
    end as difference_low,
    case
        when units_with > 0 and units_without > 0
            then {{ newcombe_high('survived_with', 'units_with', 'survived_without', 'units_without') }}
    end as difference_high,
    case when survived_without > 0 then share_with / share_without end as survival_ratio,
    {{ risk_ratio_bound('-', 'survived_with', 'units_with', 'survived_without', 'units_without') }}
        as survival_ratio_low,
    {{ risk_ratio_bound('+', 'survived_with', 'units_with', 'survived_without', 'units_without') }}
        as survival_ratio_high
from counted
