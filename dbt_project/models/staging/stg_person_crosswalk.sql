{% set least_match_score = var('least_match_score') %}

select
    crosswalk.source,
    crosswalk.source_person_key,
    {% if least_match_score == 0 %}
    crosswalk.person_id,
    {% else %}
    -- Records that hang on one weak link leave together: an equal number may hold them to one another.
    case
        when
            {% if least_match_score == 'exact' %}
            not {{ is_certain('crosswalk.match_method') }}
            {% else %}
            crosswalk.match_score < {{ least_match_score }}
            {% endif %}
            then 'P' || left(sha256(concat_ws('|', crosswalk.person_id, crosswalk.match_method, crosswalk.match_score)), 16)
        else crosswalk.person_id
    end as person_id,
    {% endif %}
    crosswalk.match_method,
    crosswalk.match_score
from {{ source('identity', 'person_crosswalk') }} as crosswalk
