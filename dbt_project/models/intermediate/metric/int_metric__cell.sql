{{ config(materialized='table') }}

with place_count as (
    {% for population in populations() %}
    select * from {{ ref('int_metric__count_' ~ population) }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}
)

-- A person has one place per metric and cohort, so counts by place add up to counts by region.
select
    place_count.metric_id,
    place_count.definition_version,
    place_count.cohort_year,
    place_count.region_basis,
    region.region_id,
    place_count.lens_type,
    place_count.lens_code,
    place_count.group_type,
    place_count.group_code,
    cast(sum(place_count.n_members) as bigint) as n_members,
    cast(sum(place_count.n_matchable) as bigint) as n_matchable,
    cast(sum(place_count.n_matched) as bigint) as n_matched,
    cast(sum(place_count.n_in_statistic) as bigint) as n_in_statistic,
    cast(sum(place_count.n_numerator) as bigint) as n_numerator,
    cast(sum(place_count.n_in_statistic_certain) as bigint) as n_in_statistic_certain,
    cast(sum(place_count.n_numerator_certain) as bigint) as n_numerator_certain,
    cast(sum(place_count.amount_sum) as double) as amount_sum,
    cast(sum(place_count.amount_square_sum) as double) as amount_square_sum
from place_count
inner join {{ ref('brg_place_region') }} as region
    on place_count.place_id = region.place_id
where
    place_count.lens_type = 'all'
    or place_count.group_type = 'all'
    or region.region_scheme in {{ wide_region_schemes() }}
group by
    place_count.metric_id,
    place_count.definition_version,
    place_count.cohort_year,
    place_count.region_basis,
    region.region_id,
    place_count.lens_type,
    place_count.lens_code,
    place_count.group_type,
    place_count.group_code
