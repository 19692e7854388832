select
    partner_id,
    'statewide:California' as region_id
from {{ ref('int_collaboration__partner') }}
union all
select
    partner_id,
    'macroregion:' || macroregion as region_id
from {{ ref('int_collaboration__partner') }}
where macroregion is not null
union all
select
    partner_id,
    'microregion:' || microregion as region_id
from {{ ref('int_collaboration__partner') }}
where microregion is not null
