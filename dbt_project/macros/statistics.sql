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

{#-
    Order-statistic interval of a median, from a sorted list: the members whose ranks bracket the median at var
    confidence_z. It assumes nothing about the shape of earnings, and its ends are always earnings that someone had.
-#}
{%- macro median_low(sorted_list) -%}
    {%- set n = "len(" ~ sorted_list ~ ")" -%}
    {{ sorted_list }}[
        cast(greatest(1, floor({{ n }} / 2 - {{ var('confidence_z') }} * sqrt({{ n }}) / 2)) as integer)
    ]
{%- endmacro -%}

{%- macro median_high(sorted_list) -%}
    {%- set n = "len(" ~ sorted_list ~ ")" -%}
    {{ sorted_list }}[
        cast(least({{ n }}, ceil(1 + {{ n }} / 2 + {{ var('confidence_z') }} * sqrt({{ n }}) / 2)) as integer)
    ]
{%- endmacro -%}

{#- Margin of PPG-1 (2022): the normal half-width of the group's own rate, never below the minimum margin. -#}
{%- macro ppg1_margin(rate, n) -%}
    greatest(
        {{ var('confidence_z') }} * sqrt({{ rate }} * (1 - {{ rate }}) / {{ n }}), {{ var('ppg1_minimum_margin') }}
    )
{%- endmacro -%}

{#-
    Whole people that close a gap in a rate of n people. Rounded to nine decimals before ceil, so that the last bit
    of a floating-point product does not add a person.
-#}
{%- macro people_to_close(gap, n) -%}
    cast(greatest(0, ceil(round(({{ gap }}) * {{ n }}, 9))) as bigint)
{%- endmacro -%}
