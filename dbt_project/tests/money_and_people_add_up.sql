/*
    What: money and people are the same in every table of initiatives, partners and consortia.
    When it matters: a difference means that a grant or person is lost or doubled on the way into one of them.
    How to resolve: the row names two sums; look for a grant line, partner or service that only one of the tables has.
*/
{%- set state = "region_id = 'statewide:California' and academic_year " -%}

with line as (
    select
        coalesce(consortium.consortium_id is not null, false) as is_of_consortium,
        sum(line.award_usd_per_year) as usd
    from {{ ref('int_collaboration__grant_line_year') }} as line
    left join {{ ref('dim_consortium') }} as consortium
        on line.consortium_id = consortium.consortium_id
    group by is_of_consortium
),

region as (
    select
        split_part(region_id, ':', 1) as region_scheme,
        sum(award_usd) as usd
    from {{ ref('initiative_year') }}
    where academic_year = 'all' and initiative_code = 'all'
    group by region_scheme
),

-- Cents are rounded once a row.
summed as (
    select
        'grant lines and awards of initiatives' as what,
        (select sum(award_amount_usd) from {{ ref('int_collaboration__grant_line') }}) as one,
        (select sum(award_amount_usd) from {{ ref('dim_initiative') }}) as other,
        0 as row_count
    union all
    select
        'last reports of lines and awards of initiatives',
        (select sum(award_amount_usd) from {{ ref('fct_initiative_grant') }} where is_last_report),
        (select sum(award_amount_usd) from {{ ref('dim_initiative') }}),
        0
    union all
    select
        'years of lines and partners',
        (select sum(usd) from line),
        sum(award_usd),
        count(*)
    from {{ ref('partner_year') }}
    union all
    select
        'years of lines and initiatives',
        (select sum(usd) from line),
        sum(award_usd),
        count(*)
    from {{ ref('initiative_year') }}
    where {{ state }} <> 'all' and initiative_code <> 'all'
    union all
    select
        'years of lines to known consortia and consortia',
        (select coalesce(sum(usd), 0) from line where is_of_consortium),
        coalesce(sum(award_usd), 0),
        count(*)
    from {{ ref('consortium_year') }}
    union all
    select
        'the state and regions of ' || region_scheme,
        (select sum(usd) from region where region_scheme = 'statewide'),
        usd,
        100
    from region
    where region_scheme in ('macroregion', 'microregion')
    union all
    select
        'people of the bridge and of all initiatives',
        (select count(distinct person_id) from {{ ref('brg_person_initiative') }}),
        (
            select max(people_served)
            from {{ ref('initiative_year') }}
            where {{ state }} = 'all' and initiative_code = 'all'
        ),
        0
    union all
    select
        'people of facts within grant years and of the bridge',
        (select count(distinct person_id) from {{ ref('fct_initiative_participation') }} where is_in_grant_years),
        (select count(distinct person_id) from {{ ref('brg_person_initiative') }}),
        0
    union all
    select
        'people of partners and of the bridge, by year, partner and person',
        (
            select count(distinct (academic_year, partner_id, person_id))
            from {{ ref('fct_initiative_participation') }}
            where is_in_grant_years
        ),
        (select sum(people_served) from {{ ref('partner_year') }}),
        0
)

select *
from summed
where abs(coalesce(one, 0) - coalesce(other, 0)) > 0.005 * row_count + 0.005
