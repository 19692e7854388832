-- Where two members lead in a year, who joined last does, then the higher id. A consortium is in the region that most
-- of its last year's reports name, then in the first by name.
with lead as (
    select
        consortium_id,
        academic_year,
        arg_max(partner_id, (joined_date, partner_id)) as lead_partner_id
    from {{ ref('int_collaboration__member_report') }}
    where member_role_code = 'LEAD'
    group by consortium_id, academic_year
),

place as (
    select
        consortium_id,
        academic_year,
        microregion
    from {{ ref('stg_consortium_member') }}
    group by consortium_id, academic_year, microregion
    qualify
        row_number() over (
            partition by consortium_id, academic_year order by count(*) desc, microregion asc
        ) = 1
)

select
    place.consortium_id,
    place.academic_year,
    lead.lead_partner_id,
    last_value(place.microregion) over (
        partition by place.consortium_id order by place.academic_year
        rows between unbounded preceding and unbounded following
    ) as microregion
from place
left join lead
    on
        place.consortium_id = lead.consortium_id
        and place.academic_year = lead.academic_year
