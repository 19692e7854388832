/*
    What: linkage has decided on a person for every accepted record, alone or joined to others.
    When it matters: a record without a person is in no metric, and nobody would notice.
    How to resolve: the crosswalk is older than the accepted records; materialize identity/person_crosswalk again.
*/
select
    feed,
    sum(record_count) as record_count
from {{ ref('int_person__feed') }}
where person_id is null
group by feed
