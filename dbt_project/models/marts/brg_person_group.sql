{{ config(materialized='view') }}

{% set flags = {
    'economically_disadvantaged': 'is_economically_disadvantaged',
    'english_learner': 'is_english_learner',
    'disability': 'has_disability',
    'foster': 'is_foster',
    'homeless': 'is_homeless',
} %}

select
    person_id,
    'all' as group_type,
    'all' as group_code
from {{ ref('dim_person').include(database=false) }}
union all
select
    person_id,
    'race_ethnicity' as group_type,
    race_ethnicity_code as group_code
from {{ ref('dim_person').include(database=false) }}
union all
select
    person_id,
    'gender' as group_type,
    gender_code as group_code
from {{ ref('dim_person').include(database=false) }}
union all
select
    person_id,
    'race_gender' as group_type,
    race_ethnicity_code || '-' || gender_code as group_code
from {{ ref('dim_person').include(database=false) }}
{% for group_type, flag in flags.items() %}
union all
select
    person_id,
    '{{ group_type }}' as group_type,
    case when {{ flag }} then 'yes' else 'no' end as group_code
from {{ ref('dim_person').include(database=false) }}
{% endfor %}
