/*
    What: the macros of statistics.sql give values worked by hand or published.
    When it matters: every interval and every finding of disproportionate impact comes from them.
    How to resolve: a macro or one of its vars (confidence_z, ppg1_minimum_margin) changed; if on purpose, that is a new
    definition version and these values change with it.
    Sources: Wilson 1927 by hand; Newcombe 1998; PPG-1 case of the 2022 CCCCO note; ranks of the median
    interval, Greenwood's log-log interval and Katz's interval by hand.
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
        {{ median_low('range(1, 26)') }} as computed,
        7 as expected
    union all
    select
        'Median high, 1 to 25' as statistic,
        {{ median_high('range(1, 26)') }} as computed,
        19 as expected
    union all
    -- n = 3: both ranks fall outside the list and stop at its ends.
    select
        'Median low, 1 to 3' as statistic,
        {{ median_low('range(1, 4)') }} as computed,
        1 as expected
    union all
    select
        'Median high, 1 to 3' as statistic,
        {{ median_high('range(1, 4)') }} as computed,
        3 as expected
    union all
    select
        'PPG-1 margin, 40 % of 200' as statistic,
        {{ ppg1_margin('0.40', '200') }} as computed,
        0.067896 as expected
    union all
    select
        'PPG-1 margin at a rate of 1: the minimum' as statistic,
        {{ ppg1_margin('1.0', '200') }} as computed,
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
