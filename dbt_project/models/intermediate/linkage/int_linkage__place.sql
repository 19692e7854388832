{{ config(materialized='table') }}

{% for feed in linked_from_feeds() %}
select
    '{{ feed }}' as feed,
    person_id,
    {{ 'school_id' if feed in ['k12_enrollment', 'k12_pathway', 'work_based_learning'] else 'institution_id' }}
        as institution_id
from {{ ref('stg_' ~ feed) }}
qualify
    row_number() over (partition by person_id order by academic_year desc, submitter desc, row_number desc) = 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
