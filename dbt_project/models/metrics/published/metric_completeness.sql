with cohort as (
    -- distinct: one row per cohort of a definition, from the cells that exist.
    select distinct
        cell.metric_id,
        cell.definition_version,
        cell.cohort_year
    from {{ ref('agg_counts') }} as cell
)

-- A cohort is complete when its outcomes have had their time and the feeds that report them have been accepted
-- that far; and, where a cohort forms years earlier, when those years were accepted too.
select
    cohort.metric_id,
    cohort.definition_version,
    cohort.cohort_year,
    coalesce(
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
        ),
        false
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
