{#- What is complete: metrics and the tables beside them ask here, each with the windows that its feeds must cover. -#}

{#- The days around an academic year that a feed must cover. -#}
{%- macro covered_dates(academic_year, years_before, months_after) -%}
    {{ academic_year_end_date(academic_year) }} as year_end_date,
    make_date({{ academic_year_start(academic_year) }} - {{ years_before }}, 7, 1) as from_date,
    cast({{ academic_year_end_date(academic_year) }} + to_months({{ months_after }}) as date) as to_date
{%- endmacro -%}

{#-
    What is missing of the windows in `needed` (its keys, feed, is_exit and covered_dates): everywhere, where region_id
    is null, because nobody has delivered that far back or on, or at all; or in the regions of a submitter that has
    delivered before and after and not between. Of exits also the next year: who left it is not known to have left.
-#}
{%- macro missing_periods(needed, keys) -%}
    select
        {% for key in keys %}
        needed.{{ key }},
        {% endfor %}
        cast(null as varchar) as region_id,
        needed.feed,
        'every submitter' as submitter,
        case
            when feed.first_period is null then 'nothing of ' || needed.feed || ' is accepted'
            when needed.from_date < {{ period_start_date('feed.first_period') }}
                then needed.feed || ' begins with ' || feed.first_period
            else needed.feed || ' ends with ' || feed.last_period
        end as reason,
        case
            when
                feed.first_period is not null
                and needed.from_date >= {{ period_start_date('feed.first_period') }}
                then 'after ' || feed.last_period || ' to ' || needed.to_date
            else 'from ' || needed.from_date
        end as period
    from {{ needed }} as needed
    inner join {{ ref('int_feed__data_through') }} as feed
        on needed.feed = feed.feed
    where
        feed.first_period is null
        or needed.from_date < {{ period_start_date('feed.first_period') }}
        or needed.to_date > feed.last_period_end_date
    union all
    select
        {% for key in keys %}
        needed.{{ key }},
        {% endfor %}
        place.region_id,
        needed.feed,
        place.submitter,
        needed.feed || ' of ' || place.period || ' is missing from ' || place.submitter as reason,
        place.period
    from {{ needed }} as needed
    inner join (
        -- distinct: a region has many of a submitter's places.
        select distinct
            gap.feed,
            gap.submitter,
            gap.period,
            gap.period_start_date,
            gap.period_end_date,
            gap.is_after_last,
            region.region_id
        from {{ ref('int_feed__gap') }} as gap
        left join {{ ref('brg_place_region') }} as region
            on gap.place_id = region.place_id
    ) as place
        on
            needed.feed = place.feed
            and needed.to_date >= place.period_start_date
            and needed.from_date <= place.period_end_date
            and (
                not place.is_after_last
                or (needed.is_exit and needed.year_end_date + 1 = place.period_start_date)
            )
{%- endmacro -%}

{#- A CTE `missing`: of the feeds of a table's kinds, each with its years before and months after, for every year. -#}
{%- macro missing_of(windows, kind, year, years) -%}
needed as (
    select
        reads.{{ kind }},
        cast({{ year }} as varchar) as {{ year }},
        reads.feed,
        reads.is_exit,
        {{ covered_dates(year, 'reads.years_before', 'reads.months_after') }}
    from (select distinct {{ year }} from {{ years }}) as year
    cross join (
        values
        {% for name, feeds in windows.items() %}
        {% set is_last_kind = loop.last %}
        {% for feed, window in feeds.items() %}
        (
            '{{ name }}', '{{ feed }}', {{ window[0] }}, {{ window[1] }},
            {{ (window | length > 2) | string | lower }}
        ){{ ',' if not (loop.last and is_last_kind) }}
        {% endfor %}
        {% endfor %}
    ) as reads ({{ kind }}, feed, years_before, months_after, is_exit)
),

missing as (
    {{ missing_periods('needed', [kind, year]) }}
)
{%- endmacro -%}

{#- Whether nothing is missing of a row's kind and year in its region. -#}
{%- macro is_complete(row, kind, year, name=none) -%}
    not exists (
        select 1
        from missing
        where
            missing.{{ kind }} = {{ name or row ~ '.' ~ kind }}
            and missing.{{ year }} = {{ row }}.{{ year }}
            and coalesce(missing.region_id, {{ row }}.region_id) = {{ row }}.region_id
    )
{%- endmacro -%}
