{#-
    How a record finds its person. Every staging model with people uses this one join; it adds person_id,
    match_method and match_score and leaves source_person_key behind, so that no key of a submitter travels further.
-#}
{%- macro join_person(feed, record) -%}
    left join {{ ref('stg_person_crosswalk') }} as crosswalk
        on
            crosswalk.source = '{{ feed }}'
            and {{ record }}.source_person_key = crosswalk.source_person_key
{%- endmacro -%}

{#-
    Ways in which a record finds its person, the weakest evidence first. A record linked to no other is certain.
    The exact ones rest on a number that two agencies recorded alike.
-#}
{%- macro match_methods() -%}
    {{ return(['probabilistic', 'name_birth_date', 'ssn', 'state_student_id', 'unmatched']) }}
{%- endmacro -%}

{%- macro inexact_match_methods() -%}
    {{ return(['probabilistic', 'name_birth_date']) }}
{%- endmacro -%}

{#- Whether linked by an exact number, or to no other record. -#}
{%- macro is_exact_match(match_method) -%}
    {{ match_method }} not in ('{{ inexact_match_methods() | join("', '") }}')
{%- endmacro -%}

{#- The weakest of a group's methods. -#}
{%- macro weakest_match_method(match_method) -%}
    (['{{ match_methods() | join("', '") }}'])[
        min(list_position(['{{ match_methods() | join("', '") }}'], {{ match_method }}))
    ]
{%- endmacro -%}

{#-
    Feeds that quality.linkage links from. Not wage: most workers were never a student here, so that their share found
    in other feeds says nothing of linkage.
-#}
{%- macro linked_from_feeds() -%}
    {{ return(person_feeds() | reject('equalto', 'wage') | list) }}
{%- endmacro -%}

{#- Where everybody of the first feed is in the second, if linkage finds them: the match rate is then one of linkage. -#}
{%- macro is_match_expected(from_feed, to_feed) -%}
    ({{ from_feed }} in ('k12_pathway', 'work_based_learning', 'dual_enrollment') and {{ to_feed }} = 'k12_enrollment')
{%- endmacro -%}

{#- A person's code in every group type, from a relation with their attributes; none where a flag is not known. -#}
{%- macro person_groups(person) -%}
{%- set flags = {
    'economically_disadvantaged': 'is_economically_disadvantaged',
    'economically_disadvantaged_by_aid': 'is_economically_disadvantaged_by_aid',
    'english_learner': 'is_english_learner',
    'disability': 'has_disability',
    'foster': 'is_foster',
    'homeless': 'is_homeless',
} -%}
select
    person_id,
    'all' as student_group,
    'all' as student_group_value
from {{ person }}
union all
select
    person_id,
    'race_ethnicity' as student_group,
    race_ethnicity_code as student_group_value
from {{ person }}
union all
select
    person_id,
    'gender' as student_group,
    gender_code as student_group_value
from {{ person }}
union all
select
    person_id,
    'race_gender' as student_group,
    race_ethnicity_code || '-' || gender_code as student_group_value
from {{ person }}
{% for student_group, flag in flags.items() %}
union all
select
    person_id,
    '{{ student_group }}' as student_group,
    case when {{ flag }} then 'yes' else 'no' end as student_group_value
from {{ person }}
where {{ flag }} is not null
{% endfor %}
{%- endmacro -%}

{#- Staged records of several feeds, each with its feed; a column that a feed lacks is null. -#}
{%- macro staged_records(feeds) -%}
    {%- for feed in feeds %}
    select
        '{{ feed }}' as feed,
        *
    from {{ ref('stg_' ~ feed) }}
    {{ 'union all by name' if not loop.last }}
    {%- endfor %}
{%- endmacro -%}
