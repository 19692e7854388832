{#-
    The statistics of metric_value and metric_equity. tests/statistics_match_reference_values.sql holds each of them
    to values worked by hand.
-#}

{#-
    Wilson score interval of s successes among n, at var confidence_z. Unlike the normal interval it stays within
    0 and 1 and keeps its width at small n and at rates of 0 or 1.
-#}
{%- macro wilson_bound(sign, s, n) -%}
    {%- set z = var('confidence_z') | float -%}
    {%- set p = "(" ~ s ~ " / cast(" ~ n ~ " as double))" -%}
    least(1.0, greatest(0.0,
        (
            {{ p }} + {{ z }} * {{ z }} / (2 * {{ n }})
            {{ sign }} {{ z }} * sqrt(({{ p }} * (1 - {{ p }}) + {{ z }} * {{ z }} / (4 * {{ n }})) / {{ n }})
        ) / (1 + {{ z }} * {{ z }} / {{ n }})
    ))
{%- endmacro -%}

{%- macro wilson_low(s, n) -%}{{ wilson_bound('-', s, n) }}{%- endmacro -%}
{%- macro wilson_high(s, n) -%}{{ wilson_bound('+', s, n) }}{%- endmacro -%}

{#-
    Newcombe interval of the difference of two independent rates, s1 of n1 minus s2 of n2, from the Wilson interval of
    each (Newcombe 1998, method 10).
-#}
{%- macro newcombe_bound(sign, s1, n1, s2, n2) -%}
    {%- set p1 = "(" ~ s1 ~ " / cast(" ~ n1 ~ " as double))" -%}
    {%- set p2 = "(" ~ s2 ~ " / cast(" ~ n2 ~ " as double))" -%}
    {%- set toward = wilson_low if sign == '-' else wilson_high -%}
    {%- set against = wilson_high if sign == '-' else wilson_low -%}
    (
        {{ p1 }} - {{ p2 }}
        {{ sign }} sqrt(power({{ p1 }} - {{ toward(s1, n1) }}, 2) + power({{ p2 }} - {{ against(s2, n2) }}, 2))
    )
{%- endmacro -%}

{%- macro newcombe_low(s1, n1, s2, n2) -%}{{ newcombe_bound('-', s1, n1, s2, n2) }}{%- endmacro -%}
{%- macro newcombe_high(s1, n1, s2, n2) -%}{{ newcombe_bound('+', s1, n1, s2, n2) }}{%- endmacro -%}

{#-
    An amount of many, rounded to the middle of its bin: bins widen with the amounts, so that the rounded one is off by at
    most var largest_amount_error of it, and so is any quantile (Masson, Rim and Lee 2019, DDSketch). Bins of several
    shards add up.
-#}
{%- macro rounded_amount(amount) -%}
    {%- set error = var('largest_amount_error') -%}
    {%- set gamma = (1 + error) / (1 - error) -%}
    case
        when {{ amount }} > 0 then {{ 2 / (gamma + 1) }} * power({{ gamma }}, ceil(ln({{ amount }}) / ln({{ gamma }})))
        else {{ amount }}
    end
{%- endmacro -%}

{#-
    Sorted amounts: a list of them, or of bins, each an amount and how many amounts there are `up_to` it. How many they are,
    and the one of a rank.
-#}
{%- macro amount_count(amounts, of_bins) -%}
    {{ amounts ~ '[-1].up_to' if of_bins else 'len(' ~ amounts ~ ')' }}
{%- endmacro -%}

{%- macro amount_at(amounts, rank, of_bins) -%}
    {%- if of_bins -%}
    list_filter({{ amounts }}, lambda bin: bin.up_to >= {{ rank }})[1].amount
    {%- else -%}
    {{ amounts }}[{{ rank }}]
    {%- endif -%}
{%- endmacro -%}

{#-
    The CTEs `sorted` and `binned`, and those these read: amounts of each cell of a roll-up. Where a shard has rounded them,
    or people are taken off, equal ones are counted.
-#}
{%- macro added_amounts(relation) -%}
sorted as (
    select
        * exclude (is_rounded, is_of_one_each, amounts),
        list_sort(list_transform(amounts, lambda one: one.amount)) as amounts
    from {{ relation }}
    where is_of_one_each
),

given as (
    select
        * exclude (is_of_one_each, amounts),
        unnest(amounts, max_depth := 2)
    from {{ relation }}
    where not is_of_one_each
),

counted as (
    select
        * exclude (is_rounded, amount, n),
        case when is_rounded then {{ rounded_amount('amount') }} else amount end as at_amount,
        sum(n) as people
    from given
    group by all
    having sum(n) <> 0
),

running as (
    select
        * exclude (people),
        cast(sum(people) over (
            partition by
                metric_id, definition_version, quantile, attribution, region_id, cohort_year,
                dimension, dimension_value, student_group, student_group_value
            order by at_amount
        ) as bigint) as up_to
    from counted
),

binned as (
    select
        * exclude (at_amount, up_to),
        list({'amount': at_amount, 'up_to': up_to} order by at_amount) as amounts
    from running
    group by all
)
{%- endmacro -%}

{#- Quantile q of a sorted list, interpolated between its two neighbours (Hyndman and Fan 1996, type 7). -#}
{%- macro quantile_value(sorted_list, q, of_bins=false) -%}
    {%- set position = "((" ~ amount_count(sorted_list, of_bins) ~ " - 1) * " ~ q ~ ")" -%}
    {%- set below = amount_at(sorted_list, "cast(floor(" ~ position ~ ") as bigint) + 1", of_bins) -%}
    {%- set above = amount_at(sorted_list, "cast(ceil(" ~ position ~ ") as bigint) + 1", of_bins) -%}
    {{ below }} + ({{ position }} - floor({{ position }})) * ({{ above }} - {{ below }})
{%- endmacro -%}

{#-
    Ranks of the order-statistic interval of a quantile, for every number n of sorted amounts in a relation of lists: the
    two fewest ranks apart between which the quantile lies with at least 95 %, whatever the amounts (binomial; David and
    Nagaraja 2003, section 7.1); of several, the two with the most even tails. No row where no two ranks have 95 %: for
    fewer than 6 people of a median, than 11 of a quartile.
-#}
{%- macro quantile_ranks(relation, of_bins=false) -%}
{%- set expected, deviation = "n * quantile", "sqrt(n * quantile * (1 - quantile))" -%}
with outcome as (
    select
        n,
        quantile,
        unnest(range(
            cast(greatest(0, floor({{ expected }} - 8 * {{ deviation }})) as bigint),
            cast(least(n, ceil({{ expected }} + 8 * {{ deviation }})) as bigint)
        )) as n_below
    from (select distinct {{ amount_count('amounts', of_bins) }} as n, quantile from {{ relation }}) as size
),

ranked as (
    select
        n,
        quantile,
        n_below + 1 as rank,
        sum(exp(
            lgamma(n + 1) - lgamma(n_below + 1) - lgamma(n - n_below + 1)
            + n_below * ln(quantile) + (n - n_below) * ln(1 - quantile)
        )) over (partition by n, quantile order by n_below) as is_above_chance
    from outcome
)

select
    low.n,
    low.quantile,
    low.rank as low_rank,
    high.rank as high_rank
from ranked as low
asof join ranked as high
    on
        low.n = high.n
        and low.quantile = high.quantile
        and low.is_above_chance + 0.95 <= high.is_above_chance
qualify
    row_number() over (
        partition by low.n, low.quantile
        order by
            high.rank - low.rank,
            round(abs(low.is_above_chance + high.is_above_chance - 1), 6),
            low.rank
    ) = 1
{%- endmacro -%}

{#- Each row of a relation of sorted lists, `amounts`, with the quantile of each and its interval instead of them. -#}
{%- macro quantile_intervals(relation, of_bins=false) -%}
select
    measured.* exclude (amounts, quantile),
    {{ quantile_value('measured.amounts', 'measured.quantile', of_bins) }} as value,
    {{ amount_at('measured.amounts', 'quantile_rank.low_rank', of_bins) }} as value_low,
    {{ amount_at('measured.amounts', 'quantile_rank.high_rank', of_bins) }} as value_high
from {{ relation }} as measured
left join ({{ quantile_ranks(relation, of_bins) }}) as quantile_rank
    on
        {{ amount_count('measured.amounts', of_bins) }} = quantile_rank.n
        and measured.quantile = quantile_rank.quantile
{%- endmacro -%}

{#-
    Standard error of a mean, from the sum, the sum of squares and the count. Null for fewer than two. The difference is
    taken in decimals: in doubles, equal amounts would leave the rest of a cancellation.
-#}
{%- macro standard_error(total, square_total, n) -%}
    sqrt(
        cast({{ n }} * {{ square_total }} - {{ total }} * {{ total }} as double)
        / nullif({{ n }} - 1, 0) / nullif({{ n }}, 0) / nullif({{ n }}, 0)
    )
{%- endmacro -%}

{#- Quantile 0.975 of Student's t from that of the normal distribution (Abramowitz and Stegun 1964, 26.7.5). -#}
{%- macro student_quantile(degrees) -%}
    {%- set z = var('confidence_z') | float -%}
    (
        {{ z }} + {{ (z ** 3 + z) / 4 }} / {{ degrees }}
        + {{ (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 }} / power({{ degrees }}, 2)
        + {{ (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 }} / power({{ degrees }}, 3)
    )
{%- endmacro -%}

{#- Skewness of n amounts from their sums, adjusted for n (Joanes and Gill 1998, G1); `error` is the mean's. -#}
{%- macro skewness(total, square_total, cube_total, n, error) -%}
    {%- set mean = "(cast(" ~ total ~ " as double) / " ~ n ~ ")" -%}
    (
        {{ n }} / (({{ n }} - 1.0) * nullif({{ n }} - 2.0, 0))
        * (
            cast({{ cube_total }} as double) - 3 * {{ mean }} * cast({{ square_total }} as double)
            + 2 * {{ n }} * power({{ mean }}, 3)
        ) / nullif(power({{ error }} * sqrt({{ n }}), 3), 0)
    )
{%- endmacro -%}

{#-
    End of the interval of a mean by Hall's monotone transformation, which removes the skewness from the distribution of
    t (Hall 1992, Journal of the Royal Statistical Society B 54). Never below 0: what is averaged is hours and units. None
    for fewer people than var least_averaged_people, nor where all amounts are equal.
-#}
{%- macro mean_bound(sign, mean, error, skewness, n) -%}
    {%- set t = "(" ~ ('' if sign == '-' else '-') ~ student_quantile("(" ~ n ~ " - 1)") ~ " / sqrt(" ~ n ~ "))" -%}
    case
        when {{ n }} < {{ var('least_averaged_people') }} or {{ skewness }} is null then null
        else greatest(0.0, {{ mean }} - {{ error }} * sqrt({{ n }}) * case
            when abs({{ skewness }}) < 1e-6 then {{ t }}
            else 3 / {{ skewness }} * (cbrt(1 + {{ skewness }} * ({{ t }} - {{ skewness }} / (6 * {{ n }}))) - 1)
        end)
    end
{%- endmacro -%}

{#-
    Margin of PPG-1: the normal half-width of a rate, never below the minimum margin. At 0 and 1, where the half-width
    would be nothing, that of one half, as DisImpact has it.
-#}
{%- macro ppg1_margin(rate, n, minimum) -%}
    greatest(
        {{ var('confidence_z') }}
        * sqrt(case when {{ rate }} in (0, 1) then 0.25 else {{ rate }} * (1 - {{ rate }}) end / {{ n }}),
        {{ minimum }}
    )
{%- endmacro -%}

{#- Rounded, so that a gap of exactly the margin is flagged on every machine. -#}
{%- macro is_ppg1_flagged(gap, margin) -%}
    round({{ gap }} + {{ margin }}, 9) <= 0
{%- endmacro -%}

{#-
    Whole people that close a gap in a rate of n people. Rounded to nine decimals before ceil, so that the last bit
    of a floating-point product does not add a person.
-#}
{%- macro people_to_close(gap, n) -%}
    cast(greatest(0, ceil(round(({{ gap }}) * {{ n }}, 9))) as bigint)
{%- endmacro -%}

{#-
    Further successes that bring a group's share of all successes to the cutoff times its share of all people. Each adds
    to the successes of everybody too, so the share moves as the group improves.
-#}
{%- macro successes_to_share(s, n, all_s, all_n, cutoff) -%}
    {%- set fair = "(" ~ cutoff ~ " * " ~ n ~ " / cast(" ~ all_n ~ " as double))" -%}
    cast(greatest(0, ceil(round(({{ all_s }} * {{ fair }} - {{ s }}) / (1 - {{ fair }}), 9))) as bigint)
{%- endmacro -%}

{#-
    Chances of each number of successes in a group of n that is dealt at random from all_n people of whom all_s succeed
    (hypergeometric), as a list from `first_dealt` on. Left out are numbers that are 8 standard deviations and 10 people
    farther from what is expected than s.
-#}
{%- macro first_dealt(s, n, all_s, all_n) -%}
    cast(greatest(
        0, {{ n }} + {{ all_s }} - {{ all_n }},
        floor({{ n }} * {{ all_s }} / {{ all_n }} - {{ dealt_reach(s, n, all_s, all_n) }})
    ) as bigint)
{%- endmacro -%}

{%- macro dealt_reach(s, n, all_s, all_n) -%}
    (
        10 + abs({{ s }} - {{ n }} * {{ all_s }} / {{ all_n }})
        + 8 * sqrt({{ n }} * {{ all_s }} / {{ all_n }} * (1 - {{ n }} / {{ all_n }}) * (1 - {{ all_s }} / {{ all_n }}))
    )
{%- endmacro -%}

{#- What the logarithms of these chances share: computed beside them for each, it would take as long again. -#}
{%- macro dealt_known(n, all_s, all_n) -%}
    lgamma({{ n }} + 1) + lgamma({{ all_n }} - {{ n }} + 1)
    + lgamma({{ all_s }} + 1) + lgamma({{ all_n }} - {{ all_s }} + 1) - lgamma({{ all_n }} + 1)
{%- endmacro -%}

{%- macro dealt_chances(s, n, all_s, all_n, known=none) -%}
    list_transform(
        range(
            {{ first_dealt(s, n, all_s, all_n) }},
            cast(least(
                {{ n }}, {{ all_s }},
                ceil({{ n }} * {{ all_s }} / {{ all_n }} + {{ dealt_reach(s, n, all_s, all_n) }})
            ) as bigint) + 1
        ),
        lambda dealt: exp(
            {{ known or dealt_known(n, all_s, all_n) }}
            - lgamma(dealt + 1) - lgamma({{ n }} - dealt + 1)
            - lgamma({{ all_s }} - dealt + 1) - lgamma({{ all_n }} - {{ n }} - {{ all_s }} + dealt + 1)
        )
    )
{%- endmacro -%}

{#-
    Two-sided p-value of Fisher's exact test from these chances: how often a deal is as unlikely as s or more. Deals
    within 1e-7 count as equally likely.
-#}
{%- macro fisher_p_value(chances, s, first) -%}
    least(1.0, list_sum(list_filter(
        {{ chances }}, lambda chance: chance <= {{ chances }}[{{ s }} - {{ first }} + 1] * (1 + 1e-7)
    )))
{%- endmacro -%}

{#- How often PPG-1 flags a group that is dealt at random: exact, since all others are dealt with it. -#}
{%- macro ppg1_flag_chance(chances, first, n, all_s, all_n, rate, minimum) -%}
    {%- set s = "(" ~ first ~ " + place - 1)" -%}
    {%- set gap = s ~ " / " ~ n ~ " - (" ~ all_s ~ " - " ~ s ~ ") / (" ~ all_n ~ " - " ~ n ~ ")" -%}
    {%- set margin = ppg1_margin(rate or "(" ~ s ~ " / " ~ n ~ ")", n, minimum) -%}
    least(1.0, list_sum(list_transform(
        {{ chances }}, lambda chance, place: case when {{ is_ppg1_flagged(gap, margin) }} then chance else 0.0 end
    )))
{%- endmacro -%}

{#-
    Gamma variable of shape a from a normal one (Wilson and Hilferty 1931); for a of 15 and more, good to a thousandth.
-#}
{%- macro gamma_of_normal(a, z) -%}
    {{ a }} * power(1 - 1 / (9 * {{ a }}) + {{ z }} / (3 * sqrt({{ a }})), 3)
{%- endmacro -%}

{#-
    Place in a sorted list of n at which the median of a resample is, from two normal numbers. The middle of n uniform
    numbers is a beta variable, a share of two gammas; the list at that place is the resample's median (Efron 1979).
-#}
{%- macro resampled_place(n, z1, z2) -%}
    {%- set first = gamma_of_normal("((" ~ n ~ " + 1) / 2.0)", z1) -%}
    {%- set second = gamma_of_normal("((" ~ n ~ " + 1) / 2.0)", z2) -%}
    cast(ceil({{ n }} * {{ first }} / ({{ first }} + {{ second }})) as integer)
{%- endmacro -%}

{#- Differences between two lists, each at as many places. -#}
{%- macro differences_at(first, first_places, second, second_places) -%}
    list_transform(
        range(1, len({{ first_places }}) + 1),
        lambda number: {{ first }}[{{ first_places }}[number]] - {{ second }}[{{ second_places }}[number]]
    )
{%- endmacro -%}

{#- Radical inverse of a whole number below 1,000 in a base: its digits behind the point, backwards (Halton 1960). -#}
{%- macro radical_inverse(number, base) -%}
    {%- for digit in range({2: 10, 3: 7, 5: 5, 7: 4}[base]) -%}
    ({{ number }} // {{ base ** digit }} % {{ base }}) / {{ base ** (digit + 1) }}.0{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
