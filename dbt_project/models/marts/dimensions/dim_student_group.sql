{% set flags = {
    'economically_disadvantaged': 'Economically disadvantaged',
    'economically_disadvantaged_by_aid': 'Economically disadvantaged by college aid',
    'english_learner': 'English learner',
    'disability': 'Student with a disability',
    'foster': 'Foster youth',
    'homeless': 'Homeless',
} %}

select
    'all' as student_group,
    'all' as student_group_value,
    'Everybody' as group_name
union all
select
    'race_ethnicity' as student_group,
    race_ethnicity_code as student_group_value,
    race_ethnicity_name as group_name
from {{ ref('race_ethnicity') }}
union all
select
    'gender' as student_group,
    gender_code as student_group_value,
    gender_name as group_name
from {{ ref('gender') }}
union all
select
    'race_gender' as student_group,
    race_ethnicity.race_ethnicity_code || '-' || gender.gender_code as student_group_value,
    race_ethnicity.race_ethnicity_name || ', ' || lower(gender.gender_name) as group_name
from {{ ref('race_ethnicity') }} as race_ethnicity
cross join {{ ref('gender') }} as gender
{% for student_group, name in flags.items() %}
    union all
    select
        '{{ student_group }}' as student_group,
        'yes' as student_group_value,
        '{{ name }}' as group_name
    union all
    select
        '{{ student_group }}' as student_group,
        'no' as student_group_value,
        'Not: {{ name | lower }}' as group_name
{% endfor %}
