{{ config(
    materialized='table',
    meta={'made_by': ['group_n', 'group_successes', 'everybody_n', 'everybody_successes']}
) }}

-- distinct: some groups of several metrics, places and years have the same counts. What is withheld is not tested.
with counted as (
    select distinct
        cast(group_n as bigint) as group_n,
        cast(group_successes as bigint) as group_successes,
        cast(everybody_n as bigint) as everybody_n,
        cast(everybody_successes as bigint) as everybody_successes
    from {{ ref('agg_judged') }}
    where withheld_because is null
),

known as (
    select
        *,
        {{ dealt_known('group_n', 'everybody_successes', 'everybody_n') }} as known
    from counted
),

dealt as (
    select
        *,
        {{ first_dealt('group_successes', 'group_n', 'everybody_successes', 'everybody_n') }} as first_dealt,
        {{ dealt_chances('group_successes', 'group_n', 'everybody_successes', 'everybody_n', 'known') }} as chances
    from known
)

select
    cast(group_n as uinteger) as group_n,
    cast(group_successes as uinteger) as group_successes,
    cast(everybody_n as uinteger) as everybody_n,
    cast(everybody_successes as uinteger) as everybody_successes,
    -- Against very few others any difference is chance, whatever a test says of it.
    case
        when least(group_n, everybody_n - group_n) >= {{ var('least_tested_people') }}
            then {{ fisher_p_value('chances', 'group_successes', 'first_dealt') }}
    end as p_value,
    {{ ppg1_flag_chance(
        'chances', 'first_dealt', 'group_n', 'everybody_successes', 'everybody_n', none, var('ppg1_minimum_margin')
    ) }} as ppg1_2022_chance,
    {{ ppg1_flag_chance(
        'chances', 'first_dealt', 'group_n', 'everybody_successes', 'everybody_n', '0.5', var('ppg1_2017_minimum_margin')
    ) }} as ppg1_2017_chance
from dealt
order by group_n, group_successes, everybody_n, everybody_successes
