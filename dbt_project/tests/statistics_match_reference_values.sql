/*
    What: the macros of statistics.sql give values worked by hand or published.
    When it matters: every interval and every finding of disproportionate impact comes from them.
    How to resolve: a macro or one of its vars (confidence_z, ppg1_minimum_margin) changed; if on purpose, that is a new
    definition version and these values change with it.
    Sources: Wilson 1927 by hand; Newcombe 1998; Fisher 1935; PPG-1 case of the 2022 CCCCO note; Greenwood's
    log-log interval and Katz's interval by hand.
*/
{{ config(meta={'dagster': {'ref': {'name': 'metric_definition'}}}) }}

-- depends_on: {{ ref('metric_definition') }}
select
    worked.statistic,
    worked.computed,
    worked.expected
from (
    values
    ('Wilson low, 8 of 10', {{ wilson_low('8', '10') }}, 0.490157),
    ('Wilson high, 8 of 10', {{ wilson_high('8', '10') }}, 0.943319),
    ('Wilson low, 0 of 10', {{ wilson_low('0', '10') }}, 0),
    ('Wilson high, 0 of 10', {{ wilson_high('0', '10') }}, 0.277540),
    -- Newcombe 1998, table II, case (a): 56 of 70 against 48 of 80.
    ('Newcombe low, 56 of 70 and 48 of 80', {{ newcombe_low('56', '70', '48', '80') }}, 0.052429),
    ('Newcombe high, 56 of 70 and 48 of 80', {{ newcombe_high('56', '70', '48', '80') }}, 0.333875),
    ('First quartile, 1 to 4', {{ quantile_value('range(1, 5)', 0.25) }}, 1.75),
    -- 1, 2, 3, 4: variance 5/3 of one, over four.
    ('Standard error of the mean, 1 to 4', {{ standard_error('10.0', '30.0', '4') }}, 0.645497),
    -- Twice 24.7, which binary fractions do not hold: no spread.
    (
        'Standard error of the mean, two equal amounts',
        {{ standard_error('cast(49.4 as double)', 'cast(1220.18 as double)', '2') }},
        0
    ),
    ('Quantile of t with 19 degrees', {{ student_quantile('19') }}, 2.093054),
    -- 18 ones, 10 and 30: error 1.49543164, skewness by scipy; the ends solve Hall's equation.
    ('Skewness', {{ skewness('58.0', '1018.0', '28018.0', '20', '1.49543164') }}, 3.936888),
    ('Mean low', {{ mean_bound('-', '2.9', '1.49543164', '3.93688844', '20') }}, 0.888135),
    ('Mean high', {{ mean_bound('+', '2.9', '1.49543164', '3.93688844', '20') }}, 13.043951),
    ('Mean low without skewness', {{ mean_bound('-', '2.0', '0.1', '0.0', '30') }}, 1.795473),
    -- The lady tasting tea, and criminal twins (Fisher 1935).
    (
        'Exact test, 3 of 4 and 1 of 4',
        {{ fisher_p_value(dealt_chances('3', '4', '4', '8'), '3', first_dealt('3', '4', '4', '8')) }},
        0.485714
    ),
    (
        'Exact test, 2 of 17 and 10 of 13',
        {{ fisher_p_value(dealt_chances('2', '17', '12', '30'), '2', first_dealt('2', '17', '12', '30')) }},
        0.000537
    ),
    -- Six of 100 succeed; of 50 dealt, one of the six alone is a flag: 50 * C(50, 5) / C(100, 6).
    (
        'Chance of a flag, 50 of 100 of whom 6 succeed',
        {{ ppg1_flag_chance(
            dealt_chances('3', '50', '6', '100'), first_dealt('3', '50', '6', '100'), '50', '6', '100', none, 0.02
        ) }},
        0.088870
    ),
    -- 80 of 200 where 600 of 1,200 succeed. (600 * 0.8 / 6 - 80) / (1 - 0.8 / 6) is 0; at 0.9, 10 / 0.85 = 11.8.
    ('Successes to a share of 0.8', {{ successes_to_share('80', '200', '600', '1200', 0.8) }}, 0),
    ('Successes to a share of 0.9', {{ successes_to_share('80', '200', '600', '1200', 0.9) }}, 12),
    ('PPG-1 margin of 2017, 40 % of 200', {{ ppg1_margin('0.5', '200', 0.03) }}, 0.069296),
    ('PPG-1 margin, 40 % of 200', {{ ppg1_margin('0.40', '200', 0.02) }}, 0.067896),
    ('PPG-1 margin at a rate of 1: that of one half', {{ ppg1_margin('1.0', '200', 0.02) }}, 0.069296),
    ('PPG-1 margin at a rate of 0: that of one half', {{ ppg1_margin('0.0', '200', 0.02) }}, 0.069296),
    ('PPG-1 margin of a large group: the minimum', {{ ppg1_margin('0.5', '1000000', 0.02) }}, 0.02),
    ('Successes to parity, 12 points of 200', {{ people_to_close('0.52 - 0.40', '200') }}, 24),
    -- Two of five ended at once: Greenwood's sum is 2 / (5 * 3).
    ('Survival low, 3 of 5', {{ survival_low('0.6', '(2.0 / 15)', '5') }}, 0.125723),
    ('Survival high, 3 of 5', {{ survival_high('0.6', '(2.0 / 15)', '5') }}, 0.881759),
    -- Nobody, or everybody, of six clusters: the sixth root of 0.025.
    ('Survival low, all of 6', {{ survival_low('1.0', '0.0', '6') }}, 0.540734),
    ('Survival high, none of 6', {{ survival_high('0.0', '0.0', '6') }}, 0.459266),
    ('Risk ratio low, 10 of 20 and 5 of 20', {{ risk_ratio_bound('-', '10', '20', '5', '20') }}, 0.832442),
    ('Risk ratio high, 10 of 20 and 5 of 20', {{ risk_ratio_bound('+', '10', '20', '5', '20') }}, 4.805138)
) as worked (statistic, computed, expected)
where not coalesce(abs(worked.computed - worked.expected) <= 1e-6, false)
