-- Who is placed nowhere has a line of its own in each scheme, so that the regions of a scheme add up to the state.
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
union
select
    partner_id,
    unnest(['macroregion:unplaced', 'microregion:unplaced']) as region_id
from {{ ref('int_collaboration__partner') }}
where microregion is null
