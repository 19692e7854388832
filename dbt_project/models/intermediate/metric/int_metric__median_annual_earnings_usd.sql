select
    'median_annual_earnings_usd' as metric_id,
    'oct_dec_x4' as definition_version,
    exit_year as cohort_year,
    person_id,
    institution_id,
    pathway_sector_code,
    is_matchable,
    is_matched,
    oct_dec_wages_usd is not null as is_in_statistic,
    4 * oct_dec_wages_usd as amount
from {{ ref('int_college__cte_exiter') }}
