with line as (
    select
        initiative_code,
        min(grant_start_date) as first_grant_date,
        max(grant_end_date) as last_grant_end_date,
        bool_or(grant_end_date is null) as has_open_grant,
        count(distinct grant_id) as grant_count,
        count(distinct institution_id) as partner_count,
        sum(award_amount_usd) as award_amount_usd
    from {{ ref('int_collaboration__grant_line') }}
    group by initiative_code
)

select
    initiative.initiative_code,
    initiative.initiative_name,
    initiative.funder_name,
    initiative.purpose,
    initiative.funding_kind,
    initiative.initiative_first_date,
    line.first_grant_date,
    case when not line.has_open_grant then line.last_grant_end_date end as last_grant_end_date,
    coalesce(line.grant_count, 0) as grant_count,
    coalesce(line.partner_count, 0) as partner_count,
    cast(coalesce(line.award_amount_usd, 0) as decimal(16, 2)) as award_amount_usd
from {{ ref('initiative') }} as initiative
left join line
    on initiative.initiative_code = line.initiative_code
