/*
    What: no column that analysts can query is named like a name, a birth date, a Social Security number, a token of
    one, or a submitter's own number of a student.
    When it matters: the released warehouse is de-identified by promise and by agreement.
    How to resolve: drop the column from the model that adds it; person_id is the only key of a person.
*/
{{ config(meta={'dagster': {'ref': {'name': 'metric_equity'}}}) }}

-- depends_on: {{ ref('metric_equity') }}
-- depends_on: {{ ref('fct_person_journey') }}
select
    table_schema,
    table_name,
    column_name
from information_schema.columns
where
    table_schema in ('marts', 'metrics', 'collaboration', 'quality', 'reference')
    and regexp_matches(
        column_name,
        '(^|_)(first_name|last_name|middle_name|birth|ssn|state_student_id|local_student_id|source_person_key|token)'
    )
