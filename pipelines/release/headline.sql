-- The list of leadership_state: the last whole cohort, statewide, with the group that fares worst.
select
    state.metric_name as metric,
    state.cohort_year as cohort,
    state.denominator as people,
    case state.unit
        when 'rate' then format('{:.1f} %', 100 * state.value)
        else format('${:,.0f}', state.value)
    end as statewide,
    student_group.group_name as widest_gap,
    case when state.gap_points is not null then format('{:+.1f} points', 100 * state.gap_points) end as ppg1
from metrics.leadership_state as state
left join marts.dim_student_group as student_group
    on
        state.gap_student_group = student_group.student_group
        and state.gap_student_group_value = student_group.student_group_value
order by state.position
