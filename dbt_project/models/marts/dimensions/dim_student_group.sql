{% set flags = {
    'economically_disadvantaged': 'Economically disadvantaged',
    'english_learner': 'English learner',
    'disability': 'Student with a disability',
    'foster': 'Foster youth',
    'homeless': 'Homeless',
} %}

select
    'all' as group_type,
    'all' as group_code,
    'Everybody' as group_name
union all
select
    'race_ethnicity' as group_type,
    race_ethnicity_code as group_code,
    race_ethnicity_name as group_name
from {{ ref('race_ethnicity') }}
union all
select
    'gender' as group_type,
    gender_code as group_code,
    gender_name as group_name
from {{ ref('gender') }}
union all
select
    'race_gender' as group_type,
    race_ethnicity.race_ethnicity_code || '-' || gender.gender_code as group_code,
    race_ethnicity.race_ethnicity_name || ', ' || lower(gender.gender_name) as group_name
from {{ ref('race_ethnicity') }} as race_ethnicity
cross join {{ ref('gender') }} as gender
{% for group_type, name in flags.items() %}
union all
select
    '{{ group_type }}' as group_type,
    'yes' as group_code,
    '{{ name }}' as group_name
union all
select
    '{{ group_type }}' as group_type,
    'no' as group_code,
    'Not: {{ name | lower }}' as group_name
{% endfor %}
