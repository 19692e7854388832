/*
    What: of every delivered file, delivered rows = accepted rows + quarantined rows, and one delivery at most is
    current for a feed, period and submitter.
    When it matters: this is the promise to submitters that no row of theirs is lost or counted twice.
    How to resolve: the ledger row it returns names the file; the gate writes ledger, quarantine and accepted together.
*/
select
    feed,
    period,
    submitter,
    delivery_sha256,
    'rows do not add up' as finding
from {{ ref('delivery') }}
where status <> 'rejected' and delivered_rows is distinct from accepted_rows + quarantined_rows
union all
select
    feed,
    period,
    submitter,
    max(delivery_sha256) as delivery_sha256,
    'several current deliveries' as finding
from {{ ref('delivery') }}
where is_current
group by feed, period, submitter
having count(*) > 1
