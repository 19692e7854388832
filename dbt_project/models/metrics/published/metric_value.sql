{{ config(materialized='view') }}

with counted as (
    select
        cell.*,
        definition.statistic,
        definition.unit,
        definition.cohort_basis,
        definition.outcome_feed = 'wage' as has_coverage,
        {{ is_selected('definition') }} as is_selected,
        case
            when definition.statistic = 'rate' then cell.n_numerator
            when definition.statistic = 'count' then cell.n_in_statistic
        end as numerator,
        cell.n_in_statistic as denominator,
        case
            when definition.statistic = 'rate' then cell.n_numerator_exact_match
            when definition.statistic = 'count' then cell.n_in_statistic_exact_match
        end as numerator_exact_match,
        cell.amount_sum / nullif(cell.n_in_statistic, 0) as mean,
        {{ standard_error('cell.amount_sum', 'cell.amount_square_sum', 'cell.n_in_statistic') }} as mean_error,
        {{ skewness(
            'cell.amount_sum', 'cell.amount_square_sum', 'cell.amount_cube_sum', 'cell.n_in_statistic', 'mean_error'
        ) }} as mean_skewness,
        {{ mean_bound('-', 'mean', 'mean_error', 'mean_skewness', 'cell.n_in_statistic') }} as mean_low,
        {{ mean_bound('+', 'mean', 'mean_error', 'mean_skewness', 'cell.n_in_statistic') }} as mean_high
    from {{ ref('agg_counts').include(database=false) }} as cell
    inner join {{ ref('metric_definition').include(database=false) }} as definition
        on
            cell.metric_id = definition.metric_id
            and cell.definition_version = definition.definition_version
)

select
    counted.metric_id,
    counted.definition_version,
    counted.cohort_basis,
    counted.cohort_year,
    counted.attribution,
    {{ scheme_of('counted.region_id') }} as region_scheme,
    counted.region_id,
    place.region_name,
    counted.dimension,
    counted.dimension_value,
    counted.student_group,
    counted.student_group_value,
    counted.unit,
    counted.numerator,
    counted.denominator,
    counted.numerator_exact_match,
    counted.n_in_statistic_exact_match as denominator_exact_match,
    case
        when counted.statistic = 'count' then counted.numerator
        when counted.denominator = 0 then null
        when counted.statistic = 'rate' then counted.numerator / counted.denominator
        when counted.statistic = 'mean' then counted.mean
        else measure.value
    end as value,
    case
        when counted.denominator = 0 or counted.statistic = 'count' then null
        when counted.statistic = 'rate' then {{ wilson_low('counted.numerator', 'counted.denominator') }}
        when counted.statistic = 'mean' then counted.mean_low
        else measure.value_low
    end as value_low,
    case
        when counted.denominator = 0 or counted.statistic = 'count' then null
        when counted.statistic = 'rate' then {{ wilson_high('counted.numerator', 'counted.denominator') }}
        when counted.statistic = 'mean' then counted.mean_high
        else measure.value_high
    end as value_high,
    case
        when counted.denominator = 0 or counted.statistic = 'count' then null
        when counted.statistic = 'rate' then 'wilson_95'
        when counted.mean_low is not null then 'hall_95'
        when measure.value_low is not null then 'order_statistic_95'
    end as interval_method,
    case when counted.has_coverage then counted.n_members end as n_cohort,
    case when counted.has_coverage then counted.n_matchable end as n_matchable,
    case when counted.has_coverage then counted.n_matched end as n_matched,
    case when counted.has_coverage then counted.n_in_statistic end as n_in_statistic,
    case when counted.has_coverage then counted.n_matchable / counted.n_members end as matchable_share,
    -- Whatever those who cannot be looked up earn: none of them counts, or all of them do.
    case
        when counted.has_coverage and counted.statistic = 'rate'
            then counted.numerator / nullif(counted.denominator + counted.n_members - counted.n_matchable, 0)
    end as value_least,
    case
        when counted.has_coverage and counted.statistic = 'rate'
            then
                (counted.numerator + counted.n_members - counted.n_matchable)
                / nullif(counted.denominator + counted.n_members - counted.n_matchable, 0)
    end as value_most,
    case
        when counted.is_selected and as_of.is_bridged
            then 'those whose number a college, an award or the identity bridge has'
        when counted.is_selected then 'those who went on to college, whose number it has'
    end as about_whom,
    completeness.is_complete,
    as_of.as_of_date
from counted
inner join {{ ref('dim_place').include(database=false) }} as place
    on counted.region_id = place.region_id
inner join {{ ref('metric_completeness').include(database=false) }} as completeness
    on
        counted.metric_id = completeness.metric_id
        and counted.definition_version = completeness.definition_version
        and counted.cohort_year = completeness.cohort_year
        and counted.attribution = completeness.attribution
        and counted.region_id = completeness.region_id
left join {{ ref('agg_quantiles').include(database=false) }} as measure
    on
        counted.metric_id = measure.metric_id
        and counted.definition_version = measure.definition_version
        and counted.cohort_year = measure.cohort_year
        and counted.attribution = measure.attribution
        and counted.region_id = measure.region_id
        and counted.dimension = measure.dimension
        and counted.dimension_value = measure.dimension_value
        and counted.student_group = measure.student_group
        and counted.student_group_value = measure.student_group_value
cross join {{ ref('agg_as_of').include(database=false) }} as as_of
