{#-
    What: nobody who left all college is enrolled in the quarter whose wages speak for the time right after.
    When it matters: a student job would count as the earnings of a leaver.
    How to resolve: int_college__exit_spell must leave a whole academic year without a term after the exit year.
-#}
{{ config(meta={'dagster': {'ref': {'name': 'int_college__exit_spell'}}}) }}

select
    spell.person_id,
    spell.exit_year,
    enrolled.quarter_index
from {{ ref('int_college__exit_spell') }} as spell
inner join {{ ref('int_college__enrolled_quarter') }} as enrolled
    on
        spell.person_id = enrolled.person_id
        and enrolled.quarter_index in (
            spell.exit_quarter_index + 2, ({{ academic_year_start('spell.exit_year') }} + 1) * 4 + 3
        )
