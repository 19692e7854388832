with reach as (
    select
        person_id,
        count(distinct feed) as feed_count
    from {{ ref('int_person__feed') }}
    group by person_id
),

feed_total as (
    select
        feed,
        sum(record_count) as record_count,
        count(distinct person_id) as person_count
    from {{ ref('int_person__feed') }}
    group by feed
)

select
    linked.feed,
    linked.match_method,
    cast(sum(linked.record_count) as bigint) as record_count,
    count(distinct linked.person_id) as person_count,
    count(distinct linked.person_id) filter (where reach.feed_count > 1) as person_in_other_feed_count,
    sum(linked.record_count) / feed_total.record_count as record_share,
    count(distinct linked.person_id) / feed_total.person_count as person_share
from {{ ref('int_person__feed') }} as linked
inner join feed_total
    on linked.feed = feed_total.feed
inner join reach
    on linked.person_id = reach.person_id
group by linked.feed, linked.match_method, feed_total.record_count, feed_total.person_count
