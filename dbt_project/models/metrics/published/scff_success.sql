{# Feeds that a measure reads: of the year, and of what must have followed it. #}
{% set award = {'credential': (0, 0), 'college_enrollment': (0, 0)} %}
{% set windows = {
    'bachelor_degree': award, 'associate_degree': award, 'credit_certificate': award,
    'nine_cte_units': {'college_enrollment': (0, 0)}, 'transfer': {'college_enrollment': (0, 12)},
    'living_wage': {'college_enrollment': (0, 12, 'exit'), 'wage': (0, 6)},
} %}

with college_region as (
    select
        place.place_id as institution_id,
        place.region_id
    from {{ ref('brg_place_region') }} as place
    inner join {{ ref('int_institution__current') }} as college
        on
            place.place_id = college.institution_id
            and college.institution_type_code = 'COMMUNITY_COLLEGE'
),

region_success as (
    select
        college_region.region_id,
        success.academic_year,
        success.measure_code,
        sum(success.success_count) as success_count,
        sum(success.pell_count) as pell_count,
        sum(success.promise_count) as promise_count
    from {{ ref('agg_scff_success') }} as success
    inner join college_region
        on success.institution_id = college_region.institution_id
    group by college_region.region_id, success.academic_year, success.measure_code
),

feed as (
    select
        max(last_period) filter (where feed = 'college_enrollment') as last_college_year,
        min(first_period) filter (where feed = 'college_enrollment') as first_college_year
    from {{ ref('int_feed__data_through') }}
),

carried as (
    select *
    from {{ ref('scff_points') }}
    where is_carried
),

-- A year in which nobody succeeded is a zero in the average, not a gap.
cell as (
    select
        region.region_id,
        year.academic_year,
        measure.*,
        {{ academic_year_start('year.academic_year') }} - {{ academic_year_start('feed.first_college_year') }}
            as years_before
    from (select distinct region_id from college_region) as region
    cross join carried as measure
    cross join feed
    inner join {{ ref('dim_academic_year') }} as year
        on year.academic_year between feed.first_college_year and feed.last_college_year
),

counted as (
    select
        cell.*,
        coalesce(region_success.success_count, 0) as success_count,
        coalesce(region_success.pell_count, 0) as pell_count,
        coalesce(region_success.promise_count, 0) as promise_count,
        cell.points * (
            coalesce(region_success.success_count, 0)
            + cell.pell_premium_factor * coalesce(region_success.pell_count, 0)
            + cell.promise_premium_factor * coalesce(region_success.promise_count, 0)
        ) as points_total
    from cell
    left join region_success
        on
            cell.region_id = region_success.region_id
            and cell.academic_year = region_success.academic_year
            and cell.measure_code = region_success.measure_code
),

{{ missing_of(windows, 'measure_code', 'academic_year', ref('dim_academic_year')) }}

select
    counted.academic_year,
    place.region_scheme,
    counted.region_id,
    place.region_name,
    counted.measure_code,
    counted.measure_name,
    cast(counted.success_count as bigint) as success_count,
    cast(counted.pell_count as bigint) as pell_count,
    cast(counted.promise_count as bigint) as promise_count,
    cast(counted.points as double) as points_per_success,
    cast(counted.points_total as double) as points,
    -- The year and the two before it; none before the third reported year.
    case when counted.years_before >= 2 then avg(counted.success_count) over three_years end
        as three_year_average_count,
    case when counted.years_before >= 2 then avg(counted.points_total) over three_years end
        as three_year_average_points,
    {{ is_complete('counted', 'measure_code', 'academic_year') }} as is_complete,
    counted.vintage as points_vintage,
    counted.source as points_source,
    true as is_illustration
from counted
inner join {{ ref('dim_place') }} as place
    on counted.region_id = place.region_id
window
    three_years as (
        partition by counted.region_id, counted.measure_code
        order by counted.academic_year rows between 2 preceding and current row
    )
