select
    feed,
    period,
    submitter,
    delivery_sha256,
    file_name,
    cast(received_at as timestamp) as received_at,
    status,
    is_current,
    delivered_rows,
    accepted_rows,
    quarantined_rows,
    contract_version,
    reasons,
    findings,
    cast(recorded_at as timestamp) as recorded_at,
    superseded_by,
    cast(superseded_at as timestamp) as superseded_at
from {{ source('ledger', 'delivery') }}
where feed not in ('{{ linkage_feeds() | join("', '") }}')
