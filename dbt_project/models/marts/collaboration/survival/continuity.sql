with activity as (
    select
        unit_type,
        unit_id,
        district_id,
        school_id,
        pathway_code,
        college_id,
        coalesce(initiative_code, 'none') as initiative_code,
        funded_from,
        funded_to,
        first_seen,
        last_seen,
        years_active,
        years_before,
        years_during,
        years_after,
        people_years_before,
        people_years_during,
        people_years_after,
        expected_after,
        expected_since,
        years_per_person,
        years_observable,
        status,
        is_observable
    from {{ ref('int_collaboration__continuity') }}
    where is_funded or initiative_code is null
)

select
    activity.unit_type,
    activity.unit_id,
    activity.initiative_code,
    activity.district_id,
    activity.school_id,
    activity.pathway_code,
    sector.sector_code as pathway_sector_code,
    activity.college_id,
    case when district.microregion is not null then 'microregion:' || district.microregion end as region_id,
    {{ academic_year_label('activity.funded_from') }} as funded_from_year,
    {{ academic_year_label('activity.funded_to') }} as funded_to_year,
    {{ academic_year_label('activity.first_seen') }} as first_active_year,
    {{ academic_year_label('activity.last_seen') }} as last_active_year,
    activity.years_active,
    activity.years_before,
    activity.years_during,
    activity.years_after,
    cast(activity.people_years_before as bigint) as people_years_before,
    cast(activity.people_years_during as bigint) as people_years_during,
    cast(activity.people_years_after as bigint) as people_years_after,
    cast(activity.expected_after as double) as expected_after_funding,
    cast(activity.expected_since as double) as expected_since_last_active,
    activity.years_per_person,
    cast(activity.years_observable as bigint) as years_observable,
    activity.status,
    activity.is_observable
from activity
left join {{ ref('cte_sector') }} as sector
    on sector.pathway_code_prefix = left(activity.pathway_code, 2)
left join {{ ref('dim_institution') }} as district
    on activity.district_id = district.institution_id
