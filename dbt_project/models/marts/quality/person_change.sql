select
    changed_at as run_id,
    person_id,
    change,
    coalesce(other_person_id, '') as other_person_id,
    reason
from {{ source('identity', 'person_change') }}
-- A new person is no change of one that somebody may have noted down.
where change <> 'minted'
