{#-
    What: for every submitter and period, the rows of the fact are the rows that the gate accepted from the current
    delivery, no more and no fewer. The fact has no submitter: its staging model knows whose a record is. A feed without a fact is held to it at its staging model; the registry of
    institutions, of which only the latest year is used, is not.
    When it matters: the account delivered = accepted + quarantined is worth nothing if rows vanish after it.
    How to resolve: too few, a file under accepted/ is missing or a staging join drops rows; too many, a delivery that
    has been superseded still has a file, or a join multiplies rows.
-#}
{% test every_accepted_row_reaches_its_fact(model, staged=none, period='academic_year') %}
{%- set feed = model.identifier | replace('fct_', '') | replace('stg_', '') %}

with reached as (
    select
        reached.{{ period }} as period,
        staged.submitter,
        count(*) as fact_rows
    from {{ model }} as reached
    left join {{ staged or model }} as staged
        on reached.record_id = staged.record_id
    group by reached.{{ period }}, staged.submitter
),

accepted as (
    select
        period,
        submitter,
        accepted_rows
    from {{ ref('delivery') }}
    where is_current and accepted_rows > 0 and feed = '{{ feed }}'
)

select
    coalesce(accepted.period, reached.period) as period,
    coalesce(accepted.submitter, reached.submitter) as submitter,
    accepted.accepted_rows,
    reached.fact_rows
from accepted
full join reached
    on
        accepted.period = reached.period
        and accepted.submitter = reached.submitter
where accepted.accepted_rows is distinct from reached.fact_rows

{% endtest %}
