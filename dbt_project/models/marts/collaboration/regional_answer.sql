with last_answer as (
    select
        statement_id,
        max(decision_number) as decision_number
    from {{ source('voice', 'decision') }}
    where answer is not null
    group by statement_id
)

select
    decision.decision_number,
    decision.statement_id,
    decision.decision,
    cast(cast(decision.decided_at as timestamptz) as date) as decided_on,
    decision.answer,
    -- An answer is shown beside its statement, until the state gives another.
    statement.is_shown and last_answer.decision_number is not null as is_shown
from {{ source('voice', 'decision') }} as decision
inner join {{ ref('regional_statement') }} as statement
    on decision.statement_id = statement.statement_id
left join last_answer
    on decision.decision_number = last_answer.decision_number
