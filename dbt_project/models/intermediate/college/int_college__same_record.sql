{{ config(materialized='table') }}

-- A college's own report of a term or award counts before anybody else's of the same, and of several others the
-- submitter's whose name comes first. One submitter's records all count or none.
with record as (
    select
        record_id,
        submitter,
        submitter <> institution_id as is_of_others,
        ['term', person_id, institution_id, term_id] as reported
    from {{ ref('stg_college_enrollment') }}
    union all
    -- A term in high school, which a report from outside does not tell from any other.
    select
        record_id,
        submitter,
        submitter <> institution_id as is_of_others,
        ['term', person_id, institution_id, term_id] as reported
    from {{ ref('stg_dual_enrollment') }}
    union all
    -- Dates and kinds of one award differ from report to report by days and names: its level and year do not.
    select
        award.record_id,
        award.submitter,
        award.submitter <> award.institution_id as is_of_others,
        [
            'award', award.person_id, award.institution_id, award.academic_year, award_type.award_level
        ] as reported
    from {{ ref('stg_credential') }} as award
    inner join {{ ref('award_type') }} as award_type
        on award.award_type_code = award_type.award_type_code
),

counted as (
    select
        reported,
        arg_min([submitter, record_id], (is_of_others, submitter, record_id)) as first_record
    from record
    group by reported
    having bool_or(is_of_others)
)

select
    record.record_id,
    counted.first_record[2] as counted_record_id
from record
inner join counted
    on record.reported = counted.reported
where record.is_of_others and record.submitter <> counted.first_record[1]
