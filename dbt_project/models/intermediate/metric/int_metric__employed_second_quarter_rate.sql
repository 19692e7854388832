select
    'employed_second_quarter_rate' as metric_id,
    'calendar_quarter' as definition_version,
    exit_year as cohort_year,
    person_id,
    institution_id,
    pathway_sector_code,
    is_matchable,
    is_matched,
    is_matchable as is_in_statistic,
    coalesce(second_quarter_wages_usd > 0, false) as is_numerator
from {{ ref('int_college__cte_exiter') }}
