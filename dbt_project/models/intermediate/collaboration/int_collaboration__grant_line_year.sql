{{ config(materialized='table') }}

select
    line.grant_id,
    line.grant_line,
    line.initiative_code,
    line.funder_name,
    line.consortium_id,
    line.institution_id,
    line.school_id,
    line.pathway_code,
    {{ academic_year_label('running.year_start') }} as academic_year,
    line.grant_end_date is not null as has_end,
    line.award_usd_per_year
from {{ ref('int_collaboration__grant_line') }} as line
cross join lateral (
    select
        unnest(
            range(line.first_year_start, least(line.last_year_start, line.last_reported_year_start) + 1)
        ) as year_start
) as running
