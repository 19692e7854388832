-- Funding ends with the last of an initiative's lines to the consortium, and not while one of them runs on.
with paid as (
    select
        consortium_id,
        unnest([initiative_code, 'all']) as initiative_code,
        grant_start_date,
        effective_end_date
    from {{ ref('int_collaboration__grant_line') }}
    where consortium_id is not null
)

select
    consortium_id,
    initiative_code,
    min(grant_start_date) as funded_from,
    case when bool_and(effective_end_date is not null) then max(effective_end_date) end as funding_end_date
from paid
group by consortium_id, initiative_code
