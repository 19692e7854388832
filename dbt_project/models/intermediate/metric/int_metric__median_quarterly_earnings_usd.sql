select
    'median_quarterly_earnings_usd' as metric_id,
    'calendar_quarter' as definition_version,
    exit_year as cohort_year,
    person_id,
    institution_id,
    pathway_sector_code,
    is_matchable,
    is_matched,
    second_quarter_wages_usd is not null as is_in_statistic,
    second_quarter_wages_usd as amount
from {{ ref('int_college__cte_exiter') }}
