{{ config(materialized='table') }}

with cell as (
    select
        counts.metric_id,
        counts.definition_version,
        definition.cohort_basis,
        counts.cohort_year,
        counts.attribution,
        counts.region_id,
        counts.dimension,
        counts.dimension_value,
        counts.student_group,
        counts.student_group_value,
        counts.n_members,
        counts.n_matchable,
        {{ is_selected('definition') }} as is_selected,
        counts.n_in_statistic as n,
        -- Of a bad outcome the complement is compared: to stay is then the success.
        case
            when definition.is_favorable then counts.n_numerator else counts.n_in_statistic - counts.n_numerator
        end as successes
    from {{ ref('agg_counts') }} as counts
    inner join {{ ref('metric_definition') }} as definition
        on
            counts.metric_id = definition.metric_id
            and counts.definition_version = definition.definition_version
            and definition.statistic = 'rate'
    where counts.student_group <> 'all' and counts.n_in_statistic > 0
),

beside_everybody as (
    select
        * exclude (n, successes, n_members, n_matchable),
        n_matchable / n_members as group_matchable_share,
        (sum(n_matchable) over kind - n_matchable) / nullif(sum(n_members) over kind - n_members, 0)
            as others_matchable_share,
        n as group_n,
        successes as group_successes,
        -- Everybody whose group is known: who is in no group of the type is not among the others either.
        sum(n) over kind as everybody_n,
        sum(successes) over kind as everybody_successes
    from cell
    window kind as (
        partition by
            metric_id, definition_version, cohort_year, attribution, region_id, dimension, dimension_value, student_group
    )
),

judged as (
    select
        * exclude (is_selected),
        {{ withheld_because('is_selected', 'group_matchable_share', 'others_matchable_share') }} as withheld_because
    from beside_everybody
    where
        -- A group this small is not judged (2022 CCCCO note); one that is everybody has nobody to be compared with.
        group_n > {{ var('ppg1_largest_insufficient_group') }}
        and group_n < everybody_n
),

dealt as (
    select
        *,
        max(group_successes / group_n) over (
            partition by
                metric_id, definition_version, cohort_year, attribution, region_id, dimension, dimension_value, student_group
        ) as best_rate,
        {{ first_dealt('group_successes', 'group_n', 'everybody_successes', 'everybody_n') }} as first_dealt,
        {{ dealt_chances('group_successes', 'group_n', 'everybody_successes', 'everybody_n') }} as chances
    from judged
),

tested as (
    select
        * exclude (first_dealt, chances),
        -- Against very few others any difference is chance, whatever a test says of it.
        case
            when
                withheld_because is null
                and least(group_n, everybody_n - group_n) >= {{ var('least_tested_people') }}
                then {{ fisher_p_value('chances', 'group_successes', 'first_dealt') }}
        end as p_value,
        {{ ppg1_flag_chance(
            'chances', 'first_dealt', 'group_n', 'everybody_successes', 'everybody_n', none, var('ppg1_minimum_margin')
        ) }} as ppg1_2022_chance,
        {{ ppg1_flag_chance(
            'chances', 'first_dealt', 'group_n', 'everybody_successes', 'everybody_n', '0.5', var('ppg1_2017_minimum_margin')
        ) }} as ppg1_2017_chance
    from dealt
),

-- One family: every tested group of every metric of a place, cohort and dimension. Of all of them, some differ by chance.
ranked as (
    select
        *,
        count(p_value) over family as n_comparisons,
        count(*) over (family order by p_value range between unbounded preceding and current row) as n_as_clear
    from tested
    window family as (partition by attribution, region_id, cohort_basis, cohort_year, dimension, dimension_value)
),

discovered as (
    select
        *,
        -- Benjamini and Hochberg 1995: the share of false findings if this one and all clearer ones are believed.
        min(p_value * n_comparisons / n_as_clear) over (
            partition by attribution, region_id, cohort_basis, cohort_year, dimension, dimension_value
            order by p_value range between current row and unbounded following
        ) as q_value
    from ranked
)

select
    * exclude (n_as_clear)
    replace (
        cast(group_n as uinteger) as group_n,
        cast(everybody_n as uinteger) as everybody_n,
        cast(group_successes as uinteger) as group_successes,
        cast(everybody_successes as uinteger) as everybody_successes,
        cast(n_comparisons as uinteger) as n_comparisons
    )
from discovered
