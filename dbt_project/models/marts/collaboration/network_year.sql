{# Feeds that a link reads: the year before counts, as gains and losses compare with it. #}
{% set dual = {'k12_enrollment': (1, 0), 'dual_enrollment': (1, 0)} %}
{% set went = {'k12_enrollment': (2, 0), 'college_enrollment': (2, 0)} %}
{% set windows = {
    'dual_enrollment': dual, 'ccap_agreement': dual, 'matriculation': went,
    'articulation': dict(went, k12_pathway=(4, 0)), 'any_college': dict(dual, **went),
    'work_based_learning': {'k12_enrollment': (1, 0), 'work_based_learning': (1, 0)},
} %}

with institution as (
    select
        institution.institution_id,
        institution.institution_type_code,
        region.region_id
    from {{ ref('dim_institution') }} as institution
    inner join {{ ref('int_institution__region') }} as region
        on institution.institution_id = region.institution_id
    where region.region_id not like 'county:%'
),

-- Where everybody of a district goes to school in a year.
pupils as (
    select
        academic_year,
        district_id,
        count(distinct person_id) as pupils
    from {{ ref('fct_k12_enrollment') }}
    where enrollment_status_code = '10'
    group by academic_year, district_id
),

link_type as (
    select distinct link_type
    from {{ ref('link_year') }}
),

industries as (
    select count(*) as industries
    from {{ ref('naics_sector') }}
),

region as (
    select distinct region_id
    from institution
),

colleges as (
    select
        region_id,
        count(*) as colleges
    from institution
    where institution_type_code = 'COMMUNITY_COLLEGE'
    group by region_id
),

-- What a district of a region could be linked to: its colleges, or all industries.
counterpart as (
    select
        region.region_id,
        link_type.link_type,
        case
            when link_type.link_type = 'work_based_learning' then industries.industries
            else coalesce(colleges.colleges, 0)
        end as counterparts
    from region
    cross join link_type
    cross join industries
    left join colleges
        on region.region_id = colleges.region_id
),

district as (
    select
        pupils.academic_year,
        institution.region_id,
        pupils.district_id,
        pupils.pupils
    from pupils
    inner join institution
        on pupils.district_id = institution.institution_id
),

region_year as (
    select
        academic_year,
        region_id,
        count(*) as districts,
        sum(pupils) as pupils
    from district
    group by academic_year, region_id
),

working as (
    select
        link.academic_year,
        {{ academic_year_start('link.academic_year') }} as year_start,
        link.link_type,
        link.district_id,
        link.counterpart_id
    from {{ ref('link_year') }} as link
    where link.is_working
),

changed as (
    select
        coalesce(now.link_type, before.link_type) as link_type,
        coalesce(now.district_id, before.district_id) as district_id,
        coalesce(now.counterpart_id, before.counterpart_id) as counterpart_id,
        coalesce(now.academic_year, {{ academic_year_label('before.year_start + 1') }}) as academic_year,
        now.district_id is not null as is_working,
        now.district_id is not null and before.district_id is null as is_gained,
        now.district_id is null as is_lost
    from working as now
    full join working as before
        on
            now.link_type = before.link_type
            and now.district_id = before.district_id
            and now.counterpart_id = before.counterpart_id
            and now.year_start = before.year_start + 1
),

link as (
    select
        changed.academic_year,
        place.region_id,
        changed.link_type,
        count(*) filter (where changed.is_working) as working_links,
        -- Inside: a community college of the same region. Industries lie in every region.
        count(*) filter (
            where
            changed.is_working
            and (changed.link_type = 'work_based_learning' or counterpart.institution_id is not null)
        ) as working_links_inside,
        count(*) filter (where changed.is_gained) as links_gained,
        count(*) filter (where changed.is_lost) as links_lost
    from changed
    inner join institution as place
        on changed.district_id = place.institution_id
    left join institution as counterpart
        on
            changed.counterpart_id = counterpart.institution_id
            and place.region_id = counterpart.region_id
            and counterpart.institution_type_code = 'COMMUNITY_COLLEGE'
    group by changed.academic_year, place.region_id, changed.link_type
),

linked_district as (
    select distinct
        academic_year,
        link_type,
        district_id
    from working
),

linked as (
    select
        district.academic_year,
        district.region_id,
        linked_district.link_type,
        sum(district.pupils) as pupils
    from district
    inner join linked_district
        on
            district.academic_year = linked_district.academic_year
            and district.district_id = linked_district.district_id
    group by district.academic_year, district.region_id, linked_district.link_type
),

{{ missing_of(windows, 'link_type', 'academic_year', 'region_year') }}

select
    region_year.academic_year,
    region_year.region_id,
    counterpart.link_type,
    region_year.districts,
    counterpart.counterparts,
    coalesce(link.working_links, 0) as working_links,
    coalesce(link.working_links_inside, 0) as working_links_inside,
    coalesce(link.working_links_inside, 0) / nullif(region_year.districts * counterpart.counterparts, 0) as density,
    coalesce(link.links_gained, 0) as links_gained,
    coalesce(link.links_lost, 0) as links_lost,
    cast(region_year.pupils as bigint) as pupils,
    cast(coalesce(linked.pupils, 0) as bigint) as pupils_in_linked_districts,
    coalesce(linked.pupils, 0) / region_year.pupils as share_in_linked_districts,
    region_year.pupils >= 0.5 * max(region_year.pupils) over (
        partition by region_year.region_id, counterpart.link_type
    ) and {{ is_complete('region_year', 'link_type', 'academic_year', 'counterpart.link_type') }} as is_comparable
from region_year
inner join counterpart
    on region_year.region_id = counterpart.region_id
left join link
    on
        region_year.academic_year = link.academic_year
        and region_year.region_id = link.region_id
        and counterpart.link_type = link.link_type
left join linked
    on
        region_year.academic_year = linked.academic_year
        and region_year.region_id = linked.region_id
        and counterpart.link_type = linked.link_type
