/*
    What: for every submitter and period, the rows of the fact are the rows that the gate accepted from the delivery
    in force, no more and no fewer. Feeds without a fact are held to it at their staging model; the registry of
    institutions, of which only the latest year is kept, is not.
    When it matters: the account delivered = accepted + quarantined is worth nothing if rows vanish after it.
    How to resolve: too few, a file under accepted/ is missing or a staging join drops rows; too many, a delivery that
    is no longer in force still has a file, or a join multiplies rows.
*/
{{ config(meta={'dagster': {'ref': {'name': 'delivery'}}}) }}

with reached as (
    {% for feed, fact in {
        'k12_enrollment': 'fct_k12_enrollment',
        'k12_pathway': 'fct_k12_pathway',
        'work_based_learning': 'fct_work_based_learning',
        'dual_enrollment': 'fct_dual_enrollment',
        'college_enrollment': 'fct_college_enrollment',
        'credential': 'fct_credential',
        'wage': 'fct_wage',
        'consortium_member': 'stg_consortium_member',
        'initiative_grant': 'fct_initiative_grant',
        'initiative_participation': 'fct_initiative_participation',
        'labor_demand': 'fct_labor_demand',
    }.items() %}
    select
        '{{ feed }}' as feed,
        {{ 'quarter' if feed == 'wage' else 'academic_year' }} as period,
        submitter,
        count(*) as fact_rows
    from {{ ref(fact) }}
    group by period, submitter
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

accepted as (
    select
        feed,
        period,
        submitter,
        accepted_rows
    from {{ ref('delivery') }}
    where is_in_force and accepted_rows > 0 and feed <> 'institution'
)

select
    coalesce(accepted.feed, reached.feed) as feed,
    coalesce(accepted.period, reached.period) as period,
    coalesce(accepted.submitter, reached.submitter) as submitter,
    accepted.accepted_rows,
    reached.fact_rows
from accepted
full join reached
    on
        accepted.feed = reached.feed
        and accepted.period = reached.period
        and accepted.submitter = reached.submitter
where accepted.accepted_rows is distinct from reached.fact_rows
