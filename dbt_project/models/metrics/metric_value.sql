with cohort as (
    -- distinct: one row per cohort of a definition, from the cells that exist.
    select distinct
        cell.metric_id,
        cell.definition_version,
        cell.cohort_year
    from {{ ref('int_metric__cell') }} as cell
),

-- A cohort is complete when its outcomes have had their time and the feeds that report them have been accepted
-- that far; and, where a cohort forms years earlier, when those years were accepted too.
completeness as (
    select
        cohort.metric_id,
        cohort.definition_version,
        cohort.cohort_year,
        {{ academic_year_end_date('cohort.cohort_year') }} + to_months(definition.follow_up_months)
        <= outcome.last_period_end_date
        and (
            definition.confirming_feed is null
            or {{ academic_year_end_date('cohort.cohort_year') }} + to_months(definition.confirming_months)
            <= confirming.last_period_end_date
        )
        and (
            definition.lookback_years is null
            or {{ academic_year_start('cohort.cohort_year') }} - definition.lookback_years
            >= {{ academic_year_start('outcome.first_period') }}
        ) as is_complete
    from cohort
    inner join {{ ref('metric_definition') }} as definition
        on
            cohort.metric_id = definition.metric_id
            and cohort.definition_version = definition.definition_version
    left join {{ ref('int_feed__data_through') }} as outcome
        on definition.outcome_feed = outcome.feed
    left join {{ ref('int_feed__data_through') }} as confirming
        on definition.confirming_feed = confirming.feed
),

as_of as (
    select max(last_period_end_date) as as_of_date
    from {{ ref('int_feed__data_through') }}
)

select
    cell.metric_id,
    cell.definition_version,
    definition.cohort_basis,
    cell.cohort_year,
    definition.region_basis,
    region.region_scheme,
    cell.region_id,
    region.region_name,
    cell.pathway_sector_code,
    cell.group_type,
    cell.group_code,
    definition.unit,
    case when definition.statistic = 'rate' then cell.n_numerator end as numerator,
    cell.n_in_statistic as denominator,
    case when definition.statistic = 'rate' then cell.n_numerator_certain end as numerator_certain,
    cell.n_in_statistic_certain as denominator_certain,
    case
        when cell.n_in_statistic = 0 then null
        when definition.statistic = 'median' then list_median(cell.amounts)
        else cell.n_numerator / cell.n_in_statistic
    end as value,
    case
        when cell.n_in_statistic = 0 then null
        when definition.statistic = 'median' then {{ median_low('cell.amounts') }}
        else {{ wilson_low('cell.n_numerator', 'cell.n_in_statistic') }}
    end as value_low,
    case
        when cell.n_in_statistic = 0 then null
        when definition.statistic = 'median' then {{ median_high('cell.amounts') }}
        else {{ wilson_high('cell.n_numerator', 'cell.n_in_statistic') }}
    end as value_high,
    case
        when cell.n_in_statistic = 0 then null
        when definition.statistic = 'median' then 'order_statistic_95'
        else 'wilson_95'
    end as interval_method,
    case when definition.outcome_feed = 'wage' then cell.n_members end as n_exiters,
    case when definition.outcome_feed = 'wage' then cell.n_matchable end as n_matchable,
    case when definition.outcome_feed = 'wage' then cell.n_matched end as n_matched,
    case when definition.outcome_feed = 'wage' then cell.n_in_statistic end as n_in_statistic,
    coalesce(completeness.is_complete, false) as is_complete,
    as_of.as_of_date
from {{ ref('int_metric__cell') }} as cell
inner join {{ ref('metric_definition') }} as definition
    on
        cell.metric_id = definition.metric_id
        and cell.definition_version = definition.definition_version
inner join {{ ref('dim_region') }} as region
    on cell.region_id = region.region_id
left join completeness
    on
        cell.metric_id = completeness.metric_id
        and cell.definition_version = completeness.definition_version
        and cell.cohort_year = completeness.cohort_year
cross join as_of
