with paid as (
    select
        academic_year,
        institution_id as partner_id,
        count(distinct initiative_code) as initiative_count,
        string_agg(distinct initiative_code, ', ' order by initiative_code) as initiative_codes,
        count(distinct grant_id) as reporting_line_count,
        count(distinct funder_name) as funder_count,
        sum(award_usd_per_year) as award_usd
    from {{ ref('int_collaboration__grant_line_year') }}
    group by academic_year, institution_id
),

served as (
    select
        academic_year,
        institution_id as partner_id,
        count(*) as people_served,
        count(*) filter (where initiative_count >= 2) as people_in_two_or_more
    from (
        select
            academic_year,
            institution_id,
            person_id,
            count(distinct initiative_code) as initiative_count
        from {{ ref('int_collaboration__service') }}
        group by academic_year, institution_id, person_id
    ) as person
    group by academic_year, institution_id
),

pathway as (
    select
        academic_year,
        partner_id,
        count(*) as pathways_paid,
        count(*) filter (where initiative_count >= 2) as pathways_paid_by_two_or_more
    from (
        select
            academic_year,
            institution_id as partner_id,
            school_id,
            pathway_code,
            count(distinct initiative_code) as initiative_count
        from {{ ref('int_collaboration__grant_line_year') }}
        where pathway_code is not null
        group by academic_year, institution_id, school_id, pathway_code
    ) as paid_pathway
    group by academic_year, partner_id
),

membership as (
    select
        academic_year,
        partner_id,
        count(distinct consortium_id) as consortium_count
    from {{ ref('int_collaboration__member_report') }}
    group by academic_year, partner_id
),

partner as (
    select
        academic_year,
        partner_id
    from paid
    union
    select
        academic_year,
        partner_id
    from membership
    union
    select
        academic_year,
        partner_id
    from served
)

select
    partner.academic_year,
    partner.partner_id,
    dim_partner.partner_type_code,
    coalesce(paid.initiative_count, 0) as initiative_count,
    paid.initiative_codes,
    coalesce(paid.reporting_line_count, 0) as reporting_line_count,
    coalesce(paid.funder_count, 0) as funder_count,
    coalesce(membership.consortium_count, 0) as consortium_count,
    cast(coalesce(paid.award_usd, 0) as decimal(16, 2)) as award_usd,
    coalesce(pathway.pathways_paid, 0) as pathways_paid,
    coalesce(pathway.pathways_paid_by_two_or_more, 0) as pathways_paid_by_two_or_more,
    coalesce(served.people_served, 0) as people_served,
    coalesce(served.people_in_two_or_more, 0) as people_in_two_or_more,
    case
        when paid.initiative_count is null then 'none'
        when paid.initiative_count = 1 then 'single'
        when served.people_in_two_or_more > 0 or pathway.pathways_paid_by_two_or_more > 0 then 'braided'
        when served.people_served is null then 'unknown'
        else 'parallel'
    end as funding_pattern
from partner
inner join {{ ref('dim_partner') }} as dim_partner
    on partner.partner_id = dim_partner.partner_id
left join paid
    on
        partner.academic_year = paid.academic_year
        and partner.partner_id = paid.partner_id
left join served
    on
        partner.academic_year = served.academic_year
        and partner.partner_id = served.partner_id
left join pathway
    on
        partner.academic_year = pathway.academic_year
        and partner.partner_id = pathway.partner_id
left join membership
    on
        partner.academic_year = membership.academic_year
        and partner.partner_id = membership.partner_id
