/*
    The dozen metrics of seed leadership_metric, in the last cohort that is whole statewide, for every region: with
    its own past, the state, the region most like it, its widest gap, and what the number is worth.
*/
with value as (
    select
        metric.position,
        metric.agencies,
        metric.from_feed,
        metric.to_feed,
        cell.metric_id,
        cell.definition_version,
        cell.region_scheme,
        cell.region_id,
        cell.region_name,
        cell.unit,
        cell.cohort_year,
        {{ academic_year_start('cell.cohort_year') }} as cohort_start,
        cell.student_group,
        cell.student_group_value,
        cell.numerator,
        cell.denominator,
        cell.denominator_exact_match,
        cell.value,
        cell.value_low,
        cell.value_high,
        cell.n_cohort,
        cell.n_matchable,
        cell.matchable_share,
        {{ is_selected('definition') }} as is_selected,
        cell.attribution
    from {{ ref('metric_value') }} as cell
    inner join {{ ref('metric_definition') }} as definition
        on
            cell.metric_id = definition.metric_id
            and cell.definition_version = definition.definition_version
    inner join {{ ref('leadership_metric') }} as metric
        on
            cell.metric_id = metric.metric_id
            and cell.definition_version = metric.definition_version
    where
        cell.dimension = 'all'
        and cell.attribution <> 'place_of_work'
        and cell.region_scheme in ('statewide', 'macroregion', 'microregion')
        and cell.student_group in ('all', 'economically_disadvantaged')
),

whole as (
    select *
    from value
    where student_group = 'all' and value is not null
),

state as (
    select whole.*
    from whole
    inner join {{ ref('metric_completeness') }} as completeness
        on
            whole.metric_id = completeness.metric_id
            and whole.definition_version = completeness.definition_version
            and whole.cohort_year = completeness.cohort_year
            and whole.attribution = completeness.attribution
            and whole.region_id = completeness.region_id
            and completeness.is_whole
    where whole.region_scheme = 'statewide'
),

last_cohort as (
    select *
    from state
    qualify row_number() over (partition by metric_id, definition_version order by cohort_start desc) = 1
),

-- Every region has the whole list: where nobody is in the cohort, a row says so.
region as (
    select distinct
        region_scheme,
        region_id,
        region_name
    from whole
),

current as (
    select
        last_cohort.position,
        last_cohort.agencies,
        last_cohort.from_feed,
        last_cohort.to_feed,
        last_cohort.metric_id,
        last_cohort.definition_version,
        region.region_scheme,
        region.region_id,
        region.region_name,
        last_cohort.unit,
        last_cohort.cohort_year,
        last_cohort.cohort_start,
        whole.numerator,
        coalesce(whole.denominator, 0) as denominator,
        whole.denominator_exact_match,
        whole.value,
        whole.value_low,
        whole.value_high,
        whole.n_cohort,
        whole.n_matchable,
        whole.matchable_share,
        last_cohort.is_selected,
        {{ withheld_because('last_cohort.is_selected', 'whole.matchable_share', 'whole.matchable_share') }}
            as withheld_because,
        last_cohort.value as state_value,
        last_cohort.matchable_share as state_matchable_share
    from last_cohort
    cross join region
    left join whole
        on
            last_cohort.metric_id = whole.metric_id
            and last_cohort.definition_version = whole.definition_version
            and last_cohort.cohort_year = whole.cohort_year
            and region.region_id = whole.region_id
),

-- The trend is against the cohort three years before, or the earliest comparable one after that.
earlier as (
    select
        current.metric_id,
        current.definition_version,
        current.region_id,
        whole.cohort_year as earlier_cohort_year,
        whole.value as earlier_value,
        {{ withheld_because('current.is_selected', 'current.matchable_share', 'whole.matchable_share') }}
            as change_withheld_because,
        whole.value_low as earlier_low,
        whole.value_high as earlier_high
    from current
    inner join whole
        on
            current.metric_id = whole.metric_id
            and current.definition_version = whole.definition_version
            and current.region_id = whole.region_id
            and whole.cohort_start between current.cohort_start - 3 and current.cohort_start - 1
    inner join state
        on
            whole.metric_id = state.metric_id
            and whole.definition_version = state.definition_version
            and whole.cohort_year = state.cohort_year
    qualify
        row_number() over (
            partition by current.metric_id, current.definition_version, current.region_id
            order by whole.cohort_start
        ) = 1
),

-- Alike is a region of the same scheme with the nearest share of disadvantaged people in the same cohort, among those
-- of whom it is known.
poor as (
    select
        metric_id,
        definition_version,
        region_id,
        cohort_year,
        sum(denominator) filter (where student_group_value = 'yes') / sum(denominator) as share
    from value
    where student_group = 'economically_disadvantaged' and denominator > 0
    group by metric_id, definition_version, region_id, cohort_year
),

disadvantage as (
    select
        current.metric_id,
        current.definition_version,
        current.region_scheme,
        current.region_id,
        current.region_name,
        current.value,
        current.matchable_share,
        current.is_selected,
        coalesce(poor.share, 0) as share
    from current
    inner join poor
        on
            current.metric_id = poor.metric_id
            and current.definition_version = poor.definition_version
            and current.region_id = poor.region_id
            and current.cohort_year = poor.cohort_year
    where current.value is not null and current.withheld_because is null
),

alike as (
    select
        here.metric_id,
        here.definition_version,
        here.region_id,
        there.region_id as comparison_region_id,
        there.value as comparison_value
    from disadvantage as here
    inner join disadvantage as there
        on
            here.metric_id = there.metric_id
            and here.definition_version = there.definition_version
            and here.region_scheme = there.region_scheme
            and here.region_id <> there.region_id
    where {{ withheld_because('here.is_selected', 'here.matchable_share', 'there.matchable_share') }} is null
    qualify
        row_number() over (
            partition by here.metric_id, here.definition_version, here.region_id
            order by abs(here.share - there.share), there.region_id
        ) = 1
),

gap as (
    select
        equity.metric_id,
        equity.definition_version,
        equity.region_id,
        equity.student_group as gap_student_group,
        equity.student_group_value as gap_student_group_value,
        equity.value as gap_points
    from {{ ref('metric_equity') }} as equity
    inner join current
        on
            equity.metric_id = current.metric_id
            and equity.definition_version = current.definition_version
            and equity.region_id = current.region_id
            and equity.cohort_year = current.cohort_year
    -- Who is not in a program is everybody else, not a group.
    where
        equity.dimension = 'all'
        and equity.equity_method = 'ppg1_2022'
        and equity.value < 0
        and equity.q_value <= {{ var('largest_significant_q') }}
        and equity.student_group_value <> 'no'
    qualify
        row_number() over (
            partition by equity.metric_id, equity.definition_version, equity.region_id
            order by equity.value, equity.student_group, equity.student_group_value
        ) = 1
),

linked as (
    select
        from_feed,
        to_feed,
        region_id,
        n_matched / nullif(n_matchable, 0) as link_rate
    from {{ ref('int_linkage__aggregate') }}
    where student_group = 'all'
),

judged as (
    select
        current.*,
        linked.link_rate,
        [
            case when current.denominator < 30 then 'fewer than 30 people' end,
            case when current.n_matchable < 0.9 * current.n_cohort then 'over 10 % cannot be looked up' end,
            case
                when current.value_low is null then 'too few people for an interval'
                when current.value_high - current.value_low > 0.2 and current.unit = 'rate'
                    then 'interval wider than 20 points'
                when current.value_high - current.value_low > 0.4 * current.value and current.unit = 'usd'
                    then 'interval wider than 40 % of the value'
            end,
            case
                when current.denominator_exact_match < 0.5 * current.denominator
                    then 'most people hang on a link by name'
            end
        ] as doubts
    from current
    left join linked
        on
            current.from_feed = linked.from_feed
            and current.to_feed = linked.to_feed
            and current.region_id = linked.region_id
),

graded as (
    select
        * exclude (doubts),
        list_filter(doubts, lambda doubt: doubt is not null) as reasons
    from judged
)

select
    graded.region_scheme,
    graded.region_id,
    graded.region_name,
    graded.position,
    graded.metric_id,
    graded.definition_version,
    definition.metric_name,
    graded.unit,
    graded.cohort_year,
    graded.numerator,
    graded.denominator,
    {% for column in ['value', 'value_low', 'value_high'] %}
        case when graded.withheld_because is null then graded.{{ column }} end as {{ column }},
    {% endfor %}
    case
        when
            {{ withheld_because('graded.is_selected', 'graded.matchable_share', 'graded.state_matchable_share') }}
            is null
            then graded.state_value
    end as state_value,
    earlier.earlier_cohort_year,
    case when earlier.change_withheld_because is null then graded.value - earlier.earlier_value end as change,
    case
        when earlier.change_withheld_because is not null then 'withheld'
        when graded.value is null or earlier.earlier_value is null then 'no earlier cohort'
        when graded.value_low > earlier.earlier_high then 'up'
        when graded.value_high < earlier.earlier_low then 'down'
        else 'no clear change'
    end as trend,
    alike.comparison_region_id,
    alike.comparison_value,
    gap.gap_student_group,
    gap.gap_student_group_value,
    gap.gap_points,
    case
        when graded.value is null or graded.withheld_because is not null then 'D'
        else substr('ABCD', least(len(graded.reasons), 3) + 1, 1)
    end as quality_grade,
    case
        when graded.value is null then 'nobody in the cohort'
        when coalesce(graded.withheld_because, earlier.change_withheld_because) is not null
            then coalesce(graded.withheld_because, earlier.change_withheld_because)
        else nullif(array_to_string(graded.reasons, '; '), '')
    end as quality_reasons,
    graded.agencies,
    graded.link_rate,
    graded.matchable_share
from graded
inner join {{ ref('metric_definition') }} as definition
    on
        graded.metric_id = definition.metric_id
        and graded.definition_version = definition.definition_version
left join earlier
    on
        graded.metric_id = earlier.metric_id
        and graded.definition_version = earlier.definition_version
        and graded.region_id = earlier.region_id
left join alike
    on
        graded.metric_id = alike.metric_id
        and graded.definition_version = alike.definition_version
        and graded.region_id = alike.region_id
left join gap
    on
        graded.metric_id = gap.metric_id
        and graded.definition_version = gap.definition_version
        and graded.region_id = gap.region_id
