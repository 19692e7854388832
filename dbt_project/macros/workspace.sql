{#- Whether the counts of one value are of enough people: 11, as small counts are hidden in the field (least_tested_people
    has the same number). Of a mean or median, which has no numerator, its people. -#}
{% macro is_large_enough(numerator, denominator) -%}
    {{ denominator }} >= 11
    and (
        {{ numerator }} is null
        or ({{ numerator }} >= 11 and {{ denominator }} - {{ numerator }} >= 11)
    )
{%- endmacro %}
