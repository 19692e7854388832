{#- Records that hang on equally weak links leave their person together: an equal number may hold them to one another. -#}
{%- set least_match_score = var('least_match_score') -%}
{%- set alone = "'P' || left(sha256(concat_ws('|', person_id, match_method, match_score)), 16)" -%}
{%- if least_match_score == 'exact' -%}
    {%- set person = "case when " ~ is_certain('match_method') ~ " then person_id else " ~ alone ~ " end" -%}
{%- elif least_match_score != 0 -%}
    {%- set person = "case when match_score < " ~ least_match_score ~ " then " ~ alone ~ " else person_id end" -%}
{%- else -%}
    {%- set person = "person_id" -%}
{%- endif -%}

select
    source,
    source_person_key,
    {{ person }} as person_id,
    match_method,
    match_score
from {{ source('identity', 'person_crosswalk') }}
