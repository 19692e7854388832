-- Time runs from the end of the first of an initiative's grants to end: what is lost while a second round still pays
-- is a loss all the same.
select
    consortium_id,
    initiative_code,
    min(grant_start_date) as funded_from,
    min(grant_end_date) as first_end_date,
    max(grant_end_date) as last_end_date
from {{ ref('int_collaboration__grant_line') }}
where consortium_id is not null and grant_end_date is not null
group by consortium_id, initiative_code
