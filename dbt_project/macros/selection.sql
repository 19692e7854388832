{#-
    Whom a wage figure is about. Wages of high school cohorts are known of those whose number is known, and who they are
    can differ between groups and years: two figures are compared only where that cannot make the difference.
-#}

{#- Whether a definition is a wage figure of a high school cohort. -#}
{%- macro is_selected(definition) -%}
    coalesce(
        {{ definition }}.outcome_feed = 'wage'
        and {{ definition }}.cohort_basis in ('graduation_year', 'completion_year', 'expected_graduation_year'), false
    )
{%- endmacro -%}

{#- Why figures of these shares of matchable people are not compared; null where they are. -#}
{%- macro withheld_because(is_selected, share, other_share) -%}
    case
        when not {{ is_selected }} then null
        when least({{ share }}, {{ other_share }}) < {{ var('least_matchable_share') }}
            then 'a share below {{ var("least_matchable_share") }} can be looked up in wage records'
        -- Rounded: a difference at the bound is none above it on any machine.
        when round(abs({{ share }} - {{ other_share }}) - {{ var('most_matchable_difference') }}, 9) > 0
            then
                'shares that can be looked up in wage records differ by more than {{ var("most_matchable_difference") }}'
    end
{%- endmacro -%}
