select
    moved.metric_id,
    moved.definition_version,
    moved.cohort_year,
    moved.least_match_score,
    moved.unit,
    moved.numerator,
    moved.denominator,
    moved.value,
    released.value as value_of_all_links,
    moved.value - released.value as movement
from {{ source('analyses', 'linkage_sensitivity') }} as moved
left join {{ source('analyses', 'linkage_sensitivity') }} as released
    on
        moved.metric_id = released.metric_id
        and moved.definition_version = released.definition_version
        and moved.cohort_year = released.cohort_year
        and released.least_match_score = '0'
