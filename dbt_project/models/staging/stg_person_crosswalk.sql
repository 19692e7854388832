{{ config(materialized='view') }}
{#- Records on equally weak links leave their person together: an equal number may hold them to one another. -#}
{%- set least = var('least_match_score') -%}
{%- set is_kept = is_exact_match('match_method') if least == 'exact' else "coalesce(match_score, 1) >= " ~ least -%}
{%- set alone = "'P' || left(sha256(concat_ws('|', person_id, match_method, match_score)), 16)" -%}

select
    source,
    source_person_key,
    {{ 'person_id' if least == 0 else 'case when ' ~ is_kept ~ ' then person_id else ' ~ alone ~ ' end' }} as person_id,
    match_method,
    match_score,
    is_bridged
from {{ source('identity', 'person_crosswalk') }}
