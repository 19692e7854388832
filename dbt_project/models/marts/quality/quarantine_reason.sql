select
    feed,
    period,
    submitter,
    delivery_sha256,
    rule,
    coalesce(column_name, '') as column_name,
    cast(sum(row_count) as bigint) as row_count
from {{ source('ledger', 'reason') }}
where feed not in ('{{ linkage_feeds() | join("', '") }}')
group by feed, period, submitter, delivery_sha256, rule, coalesce(column_name, '')
