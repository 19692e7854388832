{#-
    Academic years ('2023-24', 1 July to 30 June), calendar quarters ('2023Q4') and terms ('2023FA').
    Quarters are counted as year * 4 + quarter - 1, so that "two quarters later" is + 2.
-#}

{#- The calendar year in which an academic year begins: '2023-24' -> 2023. -#}
{%- macro academic_year_start(academic_year) -%}
    cast(left({{ academic_year }}, 4) as integer)
{%- endmacro -%}

{#- The label of the academic year that begins in a calendar year: 2023 -> '2023-24'. -#}
{%- macro academic_year_label(start_year) -%}
    format('{:04d}-{:02d}', {{ start_year }}, ({{ start_year }} + 1) % 100)
{%- endmacro -%}

{#- The last day of an academic year: '2023-24' -> 2024-06-30. -#}
{%- macro academic_year_end_date(academic_year) -%}
    make_date({{ academic_year_start(academic_year) }} + 1, 6, 30)
{%- endmacro -%}

{#- The count of a quarter written '2023Q4' -> 8095. -#}
{%- macro quarter_index(quarter) -%}
    cast(left({{ quarter }}, 4) as integer) * 4 + cast(right({{ quarter }}, 1) as integer) - 1
{%- endmacro -%}

{#- The count of the quarter that contains a date. -#}
{%- macro quarter_index_of_date(date) -%}
    cast(year({{ date }}) * 4 + quarter({{ date }}) - 1 as integer)
{%- endmacro -%}

{#- The label of a counted quarter: 8095 -> '2023Q4'. -#}
{%- macro quarter_label(quarter_index) -%}
    format('{:04d}Q{}', {{ quarter_index }} // 4, {{ quarter_index }} % 4 + 1)
{%- endmacro -%}

{#- The first day of a reporting period, a quarter or an academic year. -#}
{%- macro period_start_date(period) -%}
    case
        when {{ period }} like '____Q_'
            then make_date(cast(left({{ period }}, 4) as integer), cast(right({{ period }}, 1) as integer) * 3 - 2, 1)
        else make_date({{ academic_year_start(period) }}, 7, 1)
    end
{%- endmacro -%}

{#- The last day of a reporting period, a quarter or an academic year. -#}
{%- macro period_end_date(period) -%}
    case
        when {{ period }} like '____Q_'
            then last_day(make_date(cast(left({{ period }}, 4) as integer), cast(right({{ period }}, 1) as integer) * 3, 1))
        else {{ academic_year_end_date(period) }}
    end
{%- endmacro -%}

{#- A term's first or last day: its calendar year with the month and day of the season. -#}
{%- macro term_date(term_id, month, day) -%}
    make_date(cast(left({{ term_id }}, 4) as integer), {{ month }}, {{ day }})
{%- endmacro -%}

{#- Whether something happened after a date and within so many months of it. False, not null, when it never happened. -#}
{%- macro is_within_months(event_date, start_date, months) -%}
    coalesce(
        {{ event_date }} > {{ start_date }}
        and {{ event_date }} <= {{ start_date }} + to_months({{ months }}),
        false
    )
{%- endmacro -%}
