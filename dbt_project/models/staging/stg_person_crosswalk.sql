select
    crosswalk.source,
    crosswalk.source_person_key,
    crosswalk.person_id,
    crosswalk.match_method,
    crosswalk.match_score
from {{ source('identity', 'person_crosswalk') }} as crosswalk
