{#- Rules of grants, links and continuity that several models share. -#}

{#- The calendar year in which the academic year of a date begins: 2024-06-30 -> 2023. -#}
{%- macro academic_year_start_of_date(date) -%}
    cast(year({{ date }}) - case when month({{ date }}) < 7 then 1 else 0 end as integer)
{%- endmacro -%}

{#-
    Katz log interval of the ratio of two independent rates, s1 of n1 to s2 of n2 (Katz 1978). Null where a rate is 0:
    the ratio then has no logarithm.
-#}
{%- macro risk_ratio_bound(sign, s1, n1, s2, n2) -%}
    case
        when {{ s1 }} > 0 and {{ s2 }} > 0
            then
                ({{ s1 }} / {{ n1 }}) / ({{ s2 }} / {{ n2 }})
                * exp(
                    {{ sign }} {{ var('confidence_z') }}
                    * sqrt(1 / {{ s1 }} - 1 / {{ n1 }} + 1 / {{ s2 }} - 1 / {{ n2 }})
                )
    end
{%- endmacro -%}

{#-
    Interval of a Kaplan-Meier survival, from its Greenwood sum, on the log(-log) scale (Kalbfleisch and Prentice): it
    stays within 0 and 1. Where nobody or everybody of so many independent clusters has ended the scale has no value, and
    the interval is the exact one of a binomial (Clopper and Pearson 1934); 0.0249979 is the tail beyond 1.96.
-#}
{%- macro survival_bound(sign, survival, greenwood_sum, clusters) -%}
    case
        when {{ survival }} > 0 and {{ survival }} < 1
            then power(
                {{ survival }},
                exp({{ sign }} {{ var('confidence_z') }} * sqrt({{ greenwood_sum }}) / abs(ln({{ survival }})))
            )
        {% if sign == '' %}
        when {{ survival }} >= 1 then power(0.024997895148220435, 1.0 / {{ clusters }})
        else 0.0
        {% else %}
        when {{ survival }} >= 1 then 1.0
        else 1 - power(0.024997895148220435, 1.0 / {{ clusters }})
        {% endif %}
    end
{%- endmacro -%}

{%- macro survival_low(survival, greenwood_sum, clusters) -%}
    {{ survival_bound('', survival, greenwood_sum, clusters) }}
{%- endmacro -%}
{%- macro survival_high(survival, greenwood_sum, clusters) -%}
    {{ survival_bound('-', survival, greenwood_sum, clusters) }}
{%- endmacro -%}

{#-
    One end of the interval of a difference of two shares, from the interval of each, its columns _low and _high (Zou and
    Donner 2008; of two rates with Wilson intervals it is Newcombe's method 10).
-#}
{%- macro difference_bound(sign, one, other) -%}
    {%- set toward, against = ('_low', '_high') if sign == '-' else ('_high', '_low') -%}
    {{ one }} - {{ other }} {{ sign }} sqrt(
        power({{ one }} - {{ one }}{{ toward }}, 2) + power({{ other }} - {{ other }}{{ against }}, 2)
    )
{%- endmacro -%}
