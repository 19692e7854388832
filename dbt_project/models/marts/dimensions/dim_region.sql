{% set schemes = {
    'macroregion': 'macroregion', 'microregion': 'microregion', 'jobs_first': 'jobs_first_region',
} %}

select
    'statewide:California' as region_id,
    'statewide' as region_scheme,
    'California' as region_name,
    count(*) as county_count
from {{ ref('county') }}
{% for scheme, column in schemes.items() %}
union all
select
    '{{ scheme }}:' || {{ column }} as region_id,
    '{{ scheme }}' as region_scheme,
    {{ column }} as region_name,
    count(*) as county_count
from {{ ref('county') }}
group by {{ column }}
{% endfor %}
union all
select
    'county:' || county_fips as region_id,
    'county' as region_scheme,
    county_name as region_name,
    1 as county_count
from {{ ref('county') }}
