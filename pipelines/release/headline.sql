-- The latest complete cohort of at least 50 people, statewide, with the group that fares worst.
with answer as (
    select
        metric_id,
        definition_version,
        cohort_year,
        value,
        denominator
    from metrics.metric_value
    where
        region_scheme = 'statewide'
        and attribution <> 'place_of_work'
        and dimension = 'all'
        and student_group = 'all'
        and is_complete
        and denominator >= 50
    qualify cohort_year = max(cohort_year) over (partition by metric_id, definition_version)
),

gap as (
    select
        equity.metric_id,
        equity.definition_version,
        equity.cohort_year,
        equity.value as ppg1_points,
        student_group.group_name
    from metrics.metric_equity as equity
    inner join marts.dim_student_group as student_group
        on
            equity.student_group = student_group.student_group
            and equity.student_group_value = student_group.student_group_value
    where
        equity.equity_method = 'ppg1_2022'
        and equity.region_id = 'statewide:California'
        and equity.dimension = 'all'
        and equity.is_disproportionate_impact
        and equity.student_group_value <> 'no'
    qualify
        row_number() over (
            partition by equity.metric_id, equity.definition_version, equity.cohort_year
            order by equity.value, equity.student_group, equity.student_group_value
        ) = 1
)

select
    definition.metric_name as metric,
    answer.cohort_year as cohort,
    answer.denominator as people,
    case definition.unit
        when 'rate' then format('{:.1f} %', 100 * answer.value)
        else format('${:,.0f}', answer.value)
    end as statewide,
    gap.group_name as widest_gap,
    case when gap.ppg1_points is not null then format('{:+.1f} points', 100 * gap.ppg1_points) end as ppg1
from answer
inner join metrics.metric_definition as definition
    on
        answer.metric_id = definition.metric_id
        and answer.definition_version = definition.definition_version
left join gap
    on
        answer.metric_id = gap.metric_id
        and answer.definition_version = gap.definition_version
        and answer.cohort_year = gap.cohort_year
where definition.is_headline
order by definition.metric_name
