{#-
    The statistics of metric_value and metric_equity. tests/statistics_match_reference_values.sql holds each of them
    to values worked by hand.
-#}

{#-
    Wilson score interval of s successes among n, at var confidence_z. Unlike the normal interval it stays within
    0 and 1 and keeps its width at small n and at rates of 0 or 1.
-#}
{%- macro wilson_bound(sign, s, n) -%}
    {%- set z = var('confidence_z') -%}
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

{#- Quantile q of a sorted list, interpolated between its two neighbours (Hyndman and Fan 1996, type 7). -#}
{%- macro quantile_value(sorted_list, q) -%}
    {%- set position = "((len(" ~ sorted_list ~ ") - 1) * " ~ q ~ ")" -%}
    {%- set below = sorted_list ~ "[cast(floor(" ~ position ~ ") as integer) + 1]" -%}
    {%- set above = sorted_list ~ "[cast(ceil(" ~ position ~ ") as integer) + 1]" -%}
    {{ below }} + ({{ position }} - floor({{ position }})) * ({{ above }} - {{ below }})
{%- endmacro -%}

{#-
    Order-statistic interval of a quantile q, from a sorted list: the members whose ranks bracket it at var confidence_z.
    It assumes nothing about the shape of earnings, and its ends are always earnings that someone had.
-#}
{%- macro quantile_low(sorted_list, q) -%}
    {%- set n = "len(" ~ sorted_list ~ ")" -%}
    {{ sorted_list }}[
        cast(greatest(1, floor({{ n }} * {{ q }} - {{ var('confidence_z') }} * sqrt({{ n }} * {{ q }} * (1 - {{ q }})))) as integer)
    ]
{%- endmacro -%}

{%- macro quantile_high(sorted_list, q) -%}
    {%- set n = "len(" ~ sorted_list ~ ")" -%}
    {{ sorted_list }}[
        cast(
            least({{ n }}, ceil(1 + {{ n }} * {{ q }} + {{ var('confidence_z') }} * sqrt({{ n }} * {{ q }} * (1 - {{ q }}))))
            as integer
        )
    ]
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
    Upper tail of the normal distribution at z >= 0, to 15 digits (Hart 1968, algorithm 5666, as in West 2005). Beyond 38
    it is below the smallest number.
-#}
{%- macro normal_tail(z) -%}
    case
        when {{ z }} > 37 then 0.0
        when {{ z }} < 7.07106781186547 then
            exp(-{{ z }} * {{ z }} / 2) * (
                ((((((0.0352624965998911 * {{ z }} + 0.700383064443688) * {{ z }} + 6.37396220353165) * {{ z }}
                + 33.912866078383) * {{ z }} + 112.079291497871) * {{ z }} + 221.213596169931) * {{ z }}
                + 220.206867912376)
            ) / (
                (((((((0.0883883476483184 * {{ z }} + 1.75566716318264) * {{ z }} + 16.064177579207) * {{ z }}
                + 86.7807322029461) * {{ z }} + 296.564248779674) * {{ z }} + 637.333633378831) * {{ z }}
                + 793.826512519948) * {{ z }} + 440.413735824752)
            )
        else
            exp(-{{ z }} * {{ z }} / 2) / 2.506628274631
            / ({{ z }} + 1 / ({{ z }} + 2 / ({{ z }} + 3 / ({{ z }} + 4 / ({{ z }} + 0.65)))))
    end
{%- endmacro -%}

{#- Distance of two independent rates in pooled standard errors; 0 where nobody or everybody succeeds. -#}
{%- macro two_proportion_z(s1, n1, s2, n2) -%}
    {%- set pooled = "((" ~ s1 ~ " + " ~ s2 ~ ") / cast(" ~ n1 ~ " + " ~ n2 ~ " as double))" -%}
    coalesce(
        abs({{ s1 }} / cast({{ n1 }} as double) - {{ s2 }} / cast({{ n2 }} as double))
        / nullif(sqrt({{ pooled }} * (1 - {{ pooled }}) * (1.0 / {{ n1 }} + 1.0 / {{ n2 }})), 0),
        0
    )
{%- endmacro -%}

{#-
    Gamma variable of shape a from a normal one (Wilson and Hilferty 1931); for a of 15 and more, good to a thousandth.
-#}
{%- macro gamma_of_normal(a, z) -%}
    {{ a }} * power(1 - 1 / (9 * {{ a }}) + {{ z }} / (3 * sqrt({{ a }})), 3)
{%- endmacro -%}

{#-
    Median of a resample of a sorted list, from two normal numbers. The middle of n uniform numbers is a beta variable, a
    share of two gammas; the list at that place is the resample's median (Efron 1979).
-#}
{%- macro resampled_median(sorted_list, z1, z2) -%}
    {%- set n = "len(" ~ sorted_list ~ ")" -%}
    {%- set first = gamma_of_normal("((" ~ n ~ " + 1) / 2.0)", z1) -%}
    {%- set second = gamma_of_normal("((" ~ n ~ " + 1) / 2.0)", z2) -%}
    {{ sorted_list }}[cast(ceil({{ n }} * {{ first }} / ({{ first }} + {{ second }})) as integer)]
{%- endmacro -%}

{#- Radical inverse of a whole number below 1,000 in a base: its digits behind the point, backwards (Halton 1960). -#}
{%- macro radical_inverse(number, base) -%}
    {%- for digit in range({2: 10, 3: 7, 5: 5, 7: 4}[base]) -%}
    ({{ number }} // {{ base ** digit }} % {{ base }}) / {{ base ** (digit + 1) }}.0{{ ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
