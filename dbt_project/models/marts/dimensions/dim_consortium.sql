with last_report as (
    select
        consortium_id,
        consortium_name
    from {{ ref('stg_consortium_member') }}
    qualify row_number() over (partition by consortium_id order by academic_year desc, consortium_name asc) = 1
),

report as (
    select
        consortium_id,
        max(microregion) as microregion,
        arg_max(lead_partner_id, academic_year) as lead_partner_id
    from {{ ref('int_collaboration__consortium_report') }}
    group by consortium_id
),

member as (
    select
        consortium_id,
        min(joined_date) as formed_date,
        max(effective_to) as last_member_date,
        count(distinct partner_id) as partner_count,
        count(distinct partner_type_code) as partner_type_count
    from {{ ref('int_collaboration__membership') }}
    group by consortium_id
)

select
    last_report.consortium_id,
    last_report.consortium_name,
    report.microregion,
    'microregion:' || report.microregion as region_id,
    report.lead_partner_id,
    cast(member.partner_count as integer) as partner_count,
    cast(member.partner_type_count as integer) as partner_type_count,
    member.formed_date,
    nullif(member.last_member_date, date '9999-12-31') as dissolved_date,
    member.last_member_date = date '9999-12-31' as is_active
from last_report
inner join member
    on last_report.consortium_id = member.consortium_id
inner join report
    on last_report.consortium_id = report.consortium_id
