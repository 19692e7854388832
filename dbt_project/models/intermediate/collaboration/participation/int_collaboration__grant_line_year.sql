{{ config(materialized='table') }}

with running as (
    select
        grant_id,
        grant_line,
        initiative_code,
        funder_name,
        consortium_id,
        institution_id,
        school_id,
        pathway_code,
        effective_end_date,
        award_usd_per_year,
        unnest(range(first_year_start, least(last_year_start, last_reported_year_start) + 1)) as year_start
    from {{ ref('int_collaboration__grant_line') }}
)

select
    grant_id,
    grant_line,
    initiative_code,
    funder_name,
    consortium_id,
    institution_id,
    school_id,
    pathway_code,
    {{ academic_year_label('year_start') }} as academic_year,
    effective_end_date is not null as has_end,
    award_usd_per_year
from running
