/*
    What: the macros of statistics.sql give values worked by hand or published.
    When it matters: every interval and every finding of disproportionate impact comes from them.
    How to resolve: a macro or one of its vars (confidence_z, ppg1_minimum_margin) changed; if on purpose, that is a new
    definition version and these values change with it.
    Sources: Wilson 1927 by hand; Newcombe 1998; PPG-1 case of the 2022 CCCCO note; ranks of quantile intervals,
    Greenwood's log-log interval and Katz's interval by hand; normal tails from published tables.
*/
{{ config(meta={'dagster': {'ref': {'name': 'metric_definition'}}}) }}

-- depends_on: {{ ref('metric_definition') }}
with worked as (
    select
        'Wilson low, 8 of 10' as statistic,
        {{ wilson_low('8', '10') }} as computed,
        0.490157 as expected
    union all
    select
        'Wilson high, 8 of 10' as statistic,
        {{ wilson_high('8', '10') }} as computed,
        0.943319 as expected
    union all
    select
        'Wilson low, 0 of 10' as statistic,
        {{ wilson_low('0', '10') }} as computed,
        0 as expected
    union all
    select
        'Wilson high, 0 of 10' as statistic,
        {{ wilson_high('0', '10') }} as computed,
        0.277540 as expected
    union all
    -- Newcombe 1998, table II, case (a): 56 of 70 against 48 of 80.
    select
        'Newcombe low, 56 of 70 and 48 of 80' as statistic,
        {{ newcombe_low('56', '70', '48', '80') }} as computed,
        0.052429 as expected
    union all
    select
        'Newcombe high, 56 of 70 and 48 of 80' as statistic,
        {{ newcombe_high('56', '70', '48', '80') }} as computed,
        0.333875 as expected
    union all
    -- n = 25: ranks floor(12.5 - 4.9) = 7 and ceil(1 + 12.5 + 4.9) = 19.
    select
        'Median low, 1 to 25' as statistic,
        {{ quantile_low('range(1, 26)', 0.5) }} as computed,
        7 as expected
    union all
    select
        'Median high, 1 to 25' as statistic,
        {{ quantile_high('range(1, 26)', 0.5) }} as computed,
        19 as expected
    union all
    -- n = 3: both ranks fall outside the list and stop at its ends.
    select
        'Median low, 1 to 3' as statistic,
        {{ quantile_low('range(1, 4)', 0.5) }} as computed,
        1 as expected
    union all
    select
        'Median high, 1 to 3' as statistic,
        {{ quantile_high('range(1, 4)', 0.5) }} as computed,
        3 as expected
    union all
    -- n = 100, a quarter: ranks floor(25 - 8.49) = 16 and ceil(1 + 25 + 8.49) = 35.
    select
        'First quartile low, 1 to 100' as statistic,
        {{ quantile_low('range(1, 101)', 0.25) }} as computed,
        16 as expected
    union all
    select
        'First quartile high, 1 to 100' as statistic,
        {{ quantile_high('range(1, 101)', 0.25) }} as computed,
        35 as expected
    union all
    select
        'First quartile, 1 to 4' as statistic,
        {{ quantile_value('range(1, 5)', 0.25) }} as computed,
        1.75 as expected
    union all
    -- 1, 2, 3, 4: variance 5/3 of one, over four.
    select
        'Standard error of the mean, 1 to 4' as statistic,
        {{ standard_error('10.0', '30.0', '4') }} as computed,
        0.645497 as expected
    union all
    -- Twice 24.7, which binary fractions do not hold: no spread.
    select
        'Standard error of the mean, two equal amounts' as statistic,
        {{ standard_error('cast(49.4 as double)', 'cast(1220.18 as double)', '2') }} as computed,
        0 as expected
    union all
    select
        'Normal tail at 1.96' as statistic,
        {{ normal_tail('1.96') }} as computed,
        0.0249979 as expected
    union all
    select
        'Normal tail at 8, in units of 1e-16' as statistic,
        {{ normal_tail('8.0') }} * 1e16 as computed,
        6.220961 as expected
    union all
    -- 80 of 200 against 520 of 1,000: pooled one half, error 0.0387298.
    select
        'Distance of two rates, 80 of 200 and 520 of 1,000' as statistic,
        {{ two_proportion_z('80', '200', '520', '1000') }} as computed,
        3.098387 as expected
    union all
    select
        'Distance of two rates of which all succeed' as statistic,
        {{ two_proportion_z('5', '5', '7', '7') }} as computed,
        0 as expected
    union all
    -- 80 of 200 where 600 of 1,200 succeed. (600 * 0.8 / 6 - 80) / (1 - 0.8 / 6) is 0; at 0.9, 10 / 0.85 = 11.8.
    select
        'Successes to a share of 0.8' as statistic,
        {{ successes_to_share('80', '200', '600', '1200', 0.8) }} as computed,
        0 as expected
    union all
    select
        'Successes to a share of 0.9' as statistic,
        {{ successes_to_share('80', '200', '600', '1200', 0.9) }} as computed,
        12 as expected
    union all
    select
        'PPG-1 margin of 2017, 40 % of 200' as statistic,
        {{ ppg1_margin('0.5', '200', 0.03) }} as computed,
        0.069296 as expected
    union all
    select
        'PPG-1 margin, 40 % of 200' as statistic,
        {{ ppg1_margin('0.40', '200', 0.02) }} as computed,
        0.067896 as expected
    union all
    select
        'PPG-1 margin at a rate of 1: the minimum' as statistic,
        {{ ppg1_margin('1.0', '200', 0.02) }} as computed,
        0.02 as expected
    union all
    select
        'Successes to parity, 12 points of 200' as statistic,
        {{ people_to_close('0.52 - 0.40', '200') }} as computed,
        24 as expected
    union all
    -- Two of five ended at once: Greenwood's sum is 2 / (5 * 3).
    select
        'Survival low, 3 of 5' as statistic,
        {{ survival_low('0.6', '(2.0 / 15)') }} as computed,
        0.125723 as expected
    union all
    select
        'Survival high, 3 of 5' as statistic,
        {{ survival_high('0.6', '(2.0 / 15)') }} as computed,
        0.881759 as expected
    union all
    select
        'Risk ratio low, 10 of 20 and 5 of 20' as statistic,
        {{ risk_ratio_bound('-', '10', '20', '5', '20') }} as computed,
        0.832442 as expected
    union all
    select
        'Risk ratio high, 10 of 20 and 5 of 20' as statistic,
        {{ risk_ratio_bound('+', '10', '20', '5', '20') }} as computed,
        4.805138 as expected
)

select
    statistic,
    computed,
    expected
from worked
where abs(computed - expected) > 1e-6
