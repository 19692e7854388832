with first_term as (
    select
        person_id,
        min(term_start_date) as entry_date
    from {{ ref('int_college__term') }}
    group by person_id
),

-- At two colleges in the first term, the one with more units attempted is home; the lower id when they tie.
entrant as (
    select
        term.person_id,
        term.academic_year as cohort_year,
        first_term.entry_date,
        term.institution_id,
        term.is_community_college as is_community_college_entrant
    from first_term
    inner join {{ ref('int_college__term') }} as term
        on
            first_term.person_id = term.person_id
            and first_term.entry_date = term.term_start_date
    group by
        term.person_id, term.academic_year, first_term.entry_date, term.institution_id, term.is_community_college
    qualify
        row_number() over (
            partition by term.person_id order by sum(term.units_attempted) desc, term.institution_id asc
        ) = 1
),

-- Terms of the entry year, all colleges together.
entry_year_term as (
    select
        term.person_id,
        term.term_id,
        term.season_code,
        term.term_start_date,
        sum(term.units_attempted) as units_attempted,
        sum(term.units_earned) as units_earned,
        min(term.program_top_code) as program_top_code
    from entrant
    inner join {{ ref('int_college__term') }} as term
        on
            entrant.person_id = term.person_id
            and entrant.cohort_year = term.academic_year
    group by term.person_id, term.term_id, term.season_code, term.term_start_date
),

entry_year as (
    select
        person_id,
        sum(units_earned) as units_earned,
        left(
            arg_min(program_top_code, term_start_date) filter (where program_top_code is not null), 4
        ) as first_program_code
    from entry_year_term
    group by person_id
),

-- Summer and winter are not primary terms.
first_primary_term as (
    select
        person_id,
        season_code,
        units_attempted,
        case season_code
            when 'FA' then (cast(left(term_id, 4) as integer) + 1) || 'SP'
            when 'SP' then left(term_id, 4) || 'FA'
        end as next_primary_term_id
    from entry_year_term
    where season_code in ('FA', 'SP')
    qualify row_number() over (partition by person_id order by term_start_date) = 1
),

next_primary_term as (
    -- distinct: at two colleges in that term, still one persistence.
    select distinct first_primary_term.person_id
    from first_primary_term
    inner join {{ ref('int_college__term') }} as term
        on
            first_primary_term.person_id = term.person_id
            and first_primary_term.next_primary_term_id = term.term_id
),

district_start as (
    select
        person_id,
        district_id,
        min(term_start_date) as first_term_start_date
    from {{ ref('int_college__term') }}
    group by person_id, district_id
),

award as (
    select
        entrant.person_id,
        bool_or(
            credential.award_level in ('associate', 'bachelor') and credential.award_date < entrant.entry_date
        ) as has_prior_degree,
        -- Approved, and from a district where the person was a student by then.
        min(credential.award_date) filter (
            where credential.award_date >= entrant.entry_date
            and credential.is_community_college_award
            and {{ is_approved_award('credential.award_type_code') }}
            and district_start.first_term_start_date <= credential.award_date
        ) as first_approved_award_date,
        min(credential.award_date) filter (
            where credential.award_date >= entrant.entry_date
            and credential.award_level in ('certificate', 'associate', 'bachelor')
        ) as first_college_award_date
    from entrant
    inner join {{ ref('int_college__credential') }} as credential
        on entrant.person_id = credential.person_id
    left join district_start
        on
            credential.person_id = district_start.person_id
            and credential.district_id = district_start.district_id
    group by entrant.person_id
),

university_start as (
    select
        person_id,
        min(term_start_date) as first_university_term_start_date
    from {{ ref('int_college__term') }}
    where is_university
    group by person_id
),

entrant_lens as (
    select
        entrant.person_id,
        -- One row under 'all', and one under the sector of the first program when it has one.
        unnest(
            case when program_sector.sector_code is null then ['all'] else ['all', 'pathway_sector'] end
        ) as dimension,
        unnest(
            case when program_sector.sector_code is null then ['all'] else ['all', program_sector.sector_code] end
        ) as dimension_value
    from entrant
    inner join entry_year
        on entrant.person_id = entry_year.person_id
    left join {{ ref('program_sector') }} as program_sector
        on
            entry_year.first_program_code = program_sector.program_code
            and program_sector.taxonomy = 'TOP'
)

select
    entrant.cohort_year,
    entrant.person_id,
    entrant.institution_id,
    entrant_lens.dimension,
    entrant_lens.dimension_value,
    entrant.entry_date,
    {{ academic_year_end_date('entrant.cohort_year') }} as entry_year_end_date,
    entrant.is_community_college_entrant,
    first_primary_term.season_code as first_primary_term_season,
    cast(first_primary_term.units_attempted as decimal(12, 2)) as first_primary_term_units_attempted,
    next_primary_term.person_id is not null as is_enrolled_next_primary_term,
    cast(entry_year.units_earned as decimal(12, 2)) as first_year_units_earned,
    dual_enrollment.first_term_start_date as first_dual_enrollment_date,
    coalesce(award.has_prior_degree, false) as has_prior_degree,
    award.first_approved_award_date,
    award.first_college_award_date,
    university_start.first_university_term_start_date,
    third_year.person_id is not null as was_enrolled_third_year,
    sixth_year.person_id is not null as was_enrolled_sixth_year
from entrant
inner join entrant_lens
    on entrant.person_id = entrant_lens.person_id
inner join entry_year
    on entrant.person_id = entry_year.person_id
left join first_primary_term
    on entrant.person_id = first_primary_term.person_id
left join next_primary_term
    on entrant.person_id = next_primary_term.person_id
left join {{ ref('int_college__dual_enrollment') }} as dual_enrollment
    on entrant.person_id = dual_enrollment.person_id
left join award
    on entrant.person_id = award.person_id
left join university_start
    on entrant.person_id = university_start.person_id
left join {{ ref('int_college__person_year') }} as third_year
    on
        entrant.person_id = third_year.person_id
        and {{ academic_year_start('entrant.cohort_year') }} + 2 = third_year.year_start
left join {{ ref('int_college__person_year') }} as sixth_year
    on
        entrant.person_id = sixth_year.person_id
        and {{ academic_year_start('entrant.cohort_year') }} + 5 = sixth_year.year_start
