{{ config(materialized='table') }}

-- Completers as supply: once a year, institution, sector and level. A pathway completed in high school counts in the
-- year of the diploma or equivalency, which the openings' entry level holds alike: supply is of people who leave.
with supply as (
    select
        graduation.person_id,
        graduation.completion_year as academic_year,
        graduation.completion_school_id as institution_id,
        pathway.sector_code,
        'high_school' as credential_level,
        graduation.completion_date
    from {{ ref('int_k12__graduation') }} as graduation
    inner join {{ ref('int_k12__pathway_spell') }} as pathway
        on
            graduation.person_id = pathway.person_id
            and pathway.is_completer_no_hours
            and graduation.completion_year >= pathway.academic_year
    union all
    select
        award.person_id,
        award.academic_year,
        award.institution_id,
        coalesce(top_sector.sector_code, cip_sector.sector_code) as sector_code,
        case award_type.award_level
            when 'associate' then 'associate'
            when 'bachelor' then 'bachelor'
            else 'certificate'
        end as credential_level,
        award.award_date as completion_date
    from {{ ref('stg_credential') }} as award
    inner join {{ ref('award_type') }} as award_type
        on
            award.award_type_code = award_type.award_type_code
            and award_type.is_credential
    left join {{ ref('program_sector') }} as top_sector
        on
            top_sector.taxonomy = 'TOP'
            and top_sector.program_code = left(award.program_top_code, 4)
    left join {{ ref('program_sector') }} as cip_sector
        on
            cip_sector.taxonomy = 'CIP'
            and cip_sector.program_code = left(award.cip_code, 2)
    left join {{ ref('int_college__same_record') }} as same_record
        on award.record_id = same_record.record_id
    where same_record.record_id is null
),

completer as (
    select
        person_id,
        academic_year,
        institution_id,
        sector_code,
        credential_level,
        max(completion_date) as completion_date
    from supply
    where sector_code is not null
    group by person_id, academic_year, institution_id, sector_code, credential_level
)

-- A job is that of the employer who pays most in the second quarter after the one of completion.
select
    completer.person_id,
    completer.academic_year,
    completer.institution_id,
    completer.sector_code,
    completer.credential_level,
    person.is_matchable_to_wages as is_matchable,
    person.is_matchable_to_wages and job.person_id is not null as is_employed,
    person.is_matchable_to_wages
    and industry.sector_code is not null as is_employed_in_sector
from completer
inner join {{ ref('int_person__attribute') }} as person
    on completer.person_id = person.person_id
left join {{ ref('int_wage__person_quarter') }} as job
    on
        completer.person_id = job.person_id
        and job.quarter_index = {{ quarter_index_of_date('completer.completion_date') }} + 2
left join {{ ref('int_wage__sector_industry') }} as industry
    on
        completer.sector_code = industry.sector_code
        and job.primary_naics_code = industry.naics_code
