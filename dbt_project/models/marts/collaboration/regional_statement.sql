with last_word as (
    -- An answer is none.
    select
        statement_id,
        max_by(decision, decision_number) as status
    from {{ source('voice', 'decision') }}
    where decision <> 'answered'
    group by statement_id
)

select
    received.statement_id,
    received.sender,
    received.page,
    received.kind,
    split_part(received.measure, '.', 1) as metric_id,
    split_part(received.measure, '.', 2) as definition_version,
    received.office,
    received.written_on,
    cast(received.received_at as date) as received_on,
    coalesce(last_word.status, 'waiting') as status,
    case when last_word.status = 'accepted' then received.text end as statement_text,
    -- A new version of a file takes the place of the last one once it is accepted.
    coalesce(last_word.status = 'accepted', false) and row_number() over (
        partition by received.sender, received.file_name, last_word.status
        order by received.received_at desc, received.statement_id asc
    ) = 1 as is_shown
from {{ source('voice', 'statement') }} as received
left join last_word
    on received.statement_id = last_word.statement_id
