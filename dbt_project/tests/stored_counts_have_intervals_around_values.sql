{#-
    What: of the counts of every metric in every cell, the rate or mean lies inside the interval that metric_value
    computes, a rate between 0 and 1 and never without one, and a mean has both ends or none.
    When it matters: an interval that misses its own value came from other people than the value did.
    How to resolve: see the cells of agg_counts with these counts, and the interval macros of macros/statistics.sql.
-#}
{{ config(meta={'by_row': true, 'dagster': {'ref': {'name': 'agg_counts'}}}) }}
-- distinct: many cells have the same counts, of which each is judged once; all cells took three times as long.
with rate as (
    select distinct
        cell.n_in_statistic as n,
        cell.n_numerator as successes
    from {{ ref('agg_counts') }} as cell
    inner join {{ ref('metric_definition') }} as definition
        on
            cell.metric_id = definition.metric_id
            and cell.definition_version = definition.definition_version
            and definition.statistic = 'rate'
    where cell.n_in_statistic > 0
),

summed as (
    select distinct
        cell.n_in_statistic as n,
        cell.amount_sum,
        cell.amount_square_sum,
        cell.amount_cube_sum
    from {{ ref('agg_counts') }} as cell
    inner join {{ ref('metric_definition') }} as definition
        on
            cell.metric_id = definition.metric_id
            and cell.definition_version = definition.definition_version
            and definition.statistic = 'mean'
    where cell.n_in_statistic > 0
),

averaged as (
    select
        *,
        amount_sum / n as mean,
        {{ standard_error('amount_sum', 'amount_square_sum', 'n') }} as mean_error,
        {{ skewness('amount_sum', 'amount_square_sum', 'amount_cube_sum', 'n', 'mean_error') }} as mean_skewness,
        {{ mean_bound('-', 'mean', 'mean_error', 'mean_skewness', 'n') }} as low,
        {{ mean_bound('+', 'mean', 'mean_error', 'mean_skewness', 'n') }} as high
    from summed
)

select
    'rate' as statistic,
    n,
    successes as total
from rate
-- The ends are computed by other arithmetic than the value: allow the last bits of a double.
where
    case
        when (successes / n between 0 and 1) is not true then true
        else
            (
                {{ wilson_low('successes', 'n') }} <= successes / n + 1e-9
                and {{ wilson_high('successes', 'n') }} >= successes / n - 1e-9
            ) is not true
    end
union all
select
    'mean' as statistic,
    n,
    amount_sum as total
from averaged
where low > mean + 1e-9 or high < mean - 1e-9 or (low is null) <> (high is null)
