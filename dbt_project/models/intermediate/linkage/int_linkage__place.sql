{{ config(materialized='table') }}

-- What tells the latest of a year's records; feeds without one tell the year alone.
{% set day = {
    'k12_enrollment': 'enrollment_entry_date',
    'dual_enrollment': 'term_start_date',
    'college_enrollment': 'term_start_date',
    'credential': 'award_date',
    'initiative_participation': 'participation_start_date',
} %}

{% for feed in linked_from_feeds() %}
select
    '{{ feed }}' as feed,
    person_id,
    {{ 'school_id' if feed in ['k12_enrollment', 'k12_pathway', 'work_based_learning'] else 'institution_id' }}
        as institution_id
from {{ ref('stg_' ~ feed) }}
qualify
    row_number() over (
        partition by person_id
        order by academic_year desc,{{ ' ' ~ day[feed] ~ ' desc,' if feed in day }} submitter desc, row_number desc
    ) = 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
