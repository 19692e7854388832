select
    definition.metric_name as "Metric",
    answer.cohort_year as "Cohort",
    case definition.unit
        when 'rate' then format('{:.1f} %', 100 * answer.value)
        else format('${:,.0f}', answer.value)
    end as "Statewide",
    coalesce(answer.n_in_statistic, answer.denominator) as "Of",
    gap.group_code as "Largest gap",
    case when gap.ppg1_points is not null then format('{:.1f} points', 100 * gap.ppg1_points) end
        as "Gap"
from metrics.metric_value as answer
inner join metrics.metric_definition as definition using (metric_id, definition_version)
left join lateral (
    select
        equity.group_code,
        equity.ppg1_points
    from metrics.metric_equity as equity
    where
        equity.metric_id = answer.metric_id
        and equity.definition_version = answer.definition_version
        and equity.cohort_year = answer.cohort_year
        and equity.region_id = answer.region_id
        and equity.pathway_sector_code = answer.pathway_sector_code
        and equity.is_disproportionate_impact
    order by equity.ppg1_points, equity.group_type, equity.group_code
    limit 1
) as gap on true
where
    answer.region_scheme = 'statewide'
    and answer.pathway_sector_code = 'all'
    and answer.group_type = 'all'
    and answer.is_complete
qualify answer.cohort_year = max(answer.cohort_year) over (partition by answer.metric_id, answer.definition_version)
order by definition.metric_name, answer.definition_version
