select
    feed,
    first_period,
    last_period,
    last_period_end_date
from {{ ref('int_feed__data_through') }}
