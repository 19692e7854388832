select
    institution_id,
    state_code,
    level_code,
    sector_code,
    level_code = '4' as is_four_year
from {{ ref('int_institution__out_of_state') }}
