{# Feeds that a measure reads: of the year, and of what must have followed it. #}
{% set award = {'credential': (0, 0), 'college_enrollment': (0, 0)} %}
{% set windows = {
    'bachelor_degree': award, 'associate_degree': award, 'credit_certificate': award,
    'nine_cte_units': {'college_enrollment': (0, 0)}, 'transfer': {'college_enrollment': (0, 12)},
    'living_wage': {'college_enrollment': (0, 12, 'exit'), 'wage': (0, 6)},
} %}

with award as (
    select
        person_id,
        academic_year,
        institution_id,
        case award_level
            when 'bachelor' then 'bachelor_degree'
            when 'associate' then 'associate_degree'
            else 'credit_certificate'
        end as measure_code
    from {{ ref('int_college__credential') }}
    where
        is_community_college_award
        and award_type_code in ('A', 'S', 'Y', 'Z', 'M', 'T', 'F')
    -- The highest award of the year alone counts; of equal ones the one of more units, then the latest, then the
    -- lower issuer and award id.
    qualify
        row_number() over (
            partition by person_id, academic_year
            order by
                {{ award_level_order('award_level') }} desc, {{ award_units_order('award_type_code') }} desc,
                award_date desc, institution_id asc, award_id asc
        ) = 1
),

college_year as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id,
        sum(units_attempted) as units_attempted
    from {{ ref('int_college__term') }}
    where is_community_college
    group by person_id, academic_year, institution_id, district_id
),

home as (
    select
        person_id,
        academic_year,
        institution_id,
        district_id
    from college_year
    qualify
        row_number() over (partition by person_id, academic_year order by units_attempted desc, institution_id asc) = 1
),

-- Twelve units in the district in the year, and at a university in the next one.
transfer as (
    select
        home.person_id,
        home.academic_year,
        home.institution_id,
        'transfer' as measure_code
    from home
    inner join {{ ref('int_college__term') }} as term
        on
            home.person_id = term.person_id
            and home.academic_year = term.academic_year
            and home.district_id = term.district_id
            and term.is_community_college
    inner join {{ ref('int_college__person_year') }} as next_year
        on
            home.person_id = next_year.person_id
            and {{ academic_year_start('home.academic_year') }} + 1 = next_year.year_start
            and next_year.was_at_university
    group by home.person_id, home.academic_year, home.institution_id
    having sum(term.units_earned) >= 12
),

success as (
    select * from award
    union all
    select * from transfer
    union all
    select
        person_id,
        cohort_year as academic_year,
        institution_id,
        'nine_cte_units' as measure_code
    from {{ ref('cohort_college_year') }}
    where dimension = 'all' and cte_units_earned >= 9
    union all
    select
        person_id,
        cohort_year as academic_year,
        institution_id,
        'living_wage' as measure_code
    from {{ ref('cohort_exiter') }}
    where dimension = 'all' and 4 * oct_dec_wages_usd >= living_wage_usd
),

aid as (
    select
        person_id,
        academic_year,
        bool_or(aid_status_code = 'PELL') as has_pell,
        bool_or(aid_status_code = 'PROMISE') as has_promise
    from {{ ref('int_college__term') }}
    where is_community_college
    group by person_id, academic_year
),

place_success as (
    select
        success.institution_id,
        success.academic_year,
        success.measure_code,
        count(*) as success_count,
        count(*) filter (where aid.has_pell) as pell_count,
        count(*) filter (where aid.has_promise and not aid.has_pell) as promise_count
    from success
    left join aid
        on
            success.person_id = aid.person_id
            and success.academic_year = aid.academic_year
    group by success.institution_id, success.academic_year, success.measure_code
),

college_region as (
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
        place_success.academic_year,
        place_success.measure_code,
        sum(place_success.success_count) as success_count,
        sum(place_success.pell_count) as pell_count,
        sum(place_success.promise_count) as promise_count
    from place_success
    inner join college_region
        on place_success.institution_id = college_region.institution_id
    group by college_region.region_id, place_success.academic_year, place_success.measure_code
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

{{ missing_of(windows, 'measure_code', 'academic_year', 'cell') }}

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
