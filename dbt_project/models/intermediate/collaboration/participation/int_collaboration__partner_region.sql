select
    partner_id,
    'statewide:California' as region_id
from {{ ref('int_collaboration__partner') }}
union
select
    partner.partner_id,
    region.region_id
from {{ ref('int_collaboration__partner') }} as partner
inner join {{ ref('int_institution__microregion') }} as region
    on partner.microregion = region.microregion
