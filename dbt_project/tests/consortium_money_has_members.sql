/*
    What: a consortium that money names has a member in the year, one lead and one region.
    When it matters: where nobody is a member the money reads as a consortium's that is gone; of two leads or regions
    one is chosen.
    How to resolve: ask the state registry whether the grant still names the right consortium, and which report holds.
*/
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'consortium_year'}}}) }}

select
    consortium_id,
    academic_year,
    award_usd || ' dollars without a member' as finding
from {{ ref('consortium_year') }}
where members = 0 and award_usd > 0
union all
select
    consortium_id,
    academic_year,
    'two leads or two regions' as finding
from {{ ref('stg_consortium_member') }}
group by consortium_id, academic_year
having count(distinct microregion) > 1 or count(distinct member_id) filter (where member_role_code = 'LEAD') > 1
