select
    'all' as pathway_sector_code,
    'All sectors and none' as pathway_sector_name,
    'ALL' as pathway_sector_short_name,
    null as pathway_code_prefix
union all
select
    sector_code as pathway_sector_code,
    sector_name as pathway_sector_name,
    sector_short_name as pathway_sector_short_name,
    pathway_code_prefix
from {{ ref('cte_sector') }}
