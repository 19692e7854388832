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

service as (
    select distinct
        academic_year,
        institution_id as partner_id,
        person_id,
        initiative_code
    from {{ ref('int_collaboration__service') }}
    where is_in_grant_years
),

served as (
    select
        academic_year,
        partner_id,
        count(*) as people_served,
        count(*) filter (where initiative_count >= 2) as people_in_two_or_more
    from (
        select
            academic_year,
            partner_id,
            person_id,
            count(*) as initiative_count
        from service
        group by academic_year, partner_id, person_id
    ) as person
    group by academic_year, partner_id
),

-- Whom the partner could serve: who is enrolled there in the year, and whoever it serves. A workforce board enrolls
-- nobody.
enrolled as (
    select
        academic_year,
        district_id as partner_id,
        person_id
    from {{ ref('fct_k12_enrollment') }}
    union
    select
        academic_year,
        institution_id as partner_id,
        person_id
    from {{ ref('fct_college_enrollment') }}
    union
    select
        academic_year,
        institution_id as partner_id,
        person_id
    from {{ ref('fct_dual_enrollment') }}
),

pool as (
    select
        academic_year,
        partner_id,
        count(distinct person_id) as people
    from (
        select
            *,
            true as is_enrolled
        from enrolled
        union all
        select
            academic_year,
            partner_id,
            person_id,
            false as is_enrolled
        from service
    ) as person
    group by academic_year, partner_id
    having bool_or(is_enrolled)
),

reached as (
    select
        academic_year,
        partner_id,
        initiative_code,
        count(*) as people,
        sum(count(*)) over (
            partition by academic_year, partner_id order by initiative_code
            rows between unbounded preceding and current row
        ) as people_to_date
    from service
    group by academic_year, partner_id, initiative_code
),

-- Each initiative picks its people without regard to the others: how many would two or more pick, and how likely is
-- any? Nobody is shared when each next one picks among those left over (hypergeometric).
chance as (
    select
        reached.academic_year,
        reached.partner_id,
        min(pool.people) as people,
        list(reached.people / pool.people order by reached.initiative_code) as p,
        1 - exp(
            sum(
                case
                    when reached.people_to_date <= pool.people
                        then
                            lgamma(pool.people - reached.people_to_date + reached.people + 1)
                            - lgamma(pool.people - reached.people_to_date + 1)
                            - lgamma(pool.people + 1) + lgamma(pool.people - reached.people + 1)
                    else cast('-infinity' as double)
                end order by reached.initiative_code
            )
        ) as chance_of_any
    from reached
    inner join pool
        on
            reached.academic_year = pool.academic_year
            and reached.partner_id = pool.partner_id
    group by reached.academic_year, reached.partner_id
    having count(*) >= 2
),

chance_of_partner as (
    select
        academic_year,
        partner_id,
        chance_of_any,
        people * (
            1
            - list_product(list_transform(p, lambda one: 1 - one))
            - list_sum(list_transform(
                range(1, len(p) + 1),
                lambda i: p[i] * list_product(list_transform(
                    range(1, len(p) + 1), lambda j: case when i = j then 1.0 else 1 - p[j] end
                ))
            ))
        ) as expected
    from chance
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
    chance_of_partner.expected as expected_in_two_or_more,
    chance_of_partner.chance_of_any as chance_of_two_or_more,
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
left join chance_of_partner
    on
        partner.academic_year = chance_of_partner.academic_year
        and partner.partner_id = chance_of_partner.partner_id
left join pathway
    on
        partner.academic_year = pathway.academic_year
        and partner.partner_id = pathway.partner_id
left join membership
    on
        partner.academic_year = membership.academic_year
        and partner.partner_id = membership.partner_id
