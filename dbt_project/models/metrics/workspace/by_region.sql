{{ config(materialized='view') }}

select
    metric_id,
    definition_version,
    metric_name,
    is_favorable,
    cohort_year,
    region_scheme,
    region_id,
    region_name,
    unit,
    numerator,
    denominator,
    value,
    value_low,
    value_high,
    matchable_share,
    about_whom,
    is_complete,
    is_whole,
    is_large_enough
from {{ ref('by_group').include(database=false) }}
where student_group = 'all'
