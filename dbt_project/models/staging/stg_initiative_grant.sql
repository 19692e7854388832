select
    line.academic_year,
    line.grant_id,
    cast(line.grant_line as integer) as grant_line,
    line.initiative_code,
    line.funder_name,
    line.consortium_id,
    line.institution_id,
    line.school_id,
    line.pathway_code,
    cast(line.award_amount_usd as decimal(12, 2)) as award_amount_usd,
    cast(line.grant_start_date as date) as grant_start_date,
    cast(line.grant_end_date as date) as grant_end_date,
    line.record_id,
    line.submitter,
    line.delivery_sha256,
    cast(line.row_number as bigint) as row_number
from {{ source('accepted', 'initiative_grant') }} as line
