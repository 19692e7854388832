{% set family = ['attribution', 'region_id', 'cohort_year', 'dimension', 'dimension_value'] %}
{{ config(materialized='table', database='unreleased', meta={'made_by': family}) }}

{% set kind = [
    'metric_id', 'definition_version', 'cohort_year', 'attribution', 'region_id', 'dimension', 'dimension_value',
    'student_group',
] %}
-- Not materialized: every group of every rate is 4 million rows of a state of 4,000 students.
with cell as not materialized (
    select
        counts.* exclude (n_in_statistic),
        definition.cohort_basis,
        {{ is_selected('definition') }} as is_selected,
        counts.n_in_statistic as n,
        -- Of a bad outcome the complement is compared: to stay is then the success.
        case
            when definition.is_favorable then counts.n_numerator else counts.n_in_statistic - counts.n_numerator
        end as successes,
        -- A group this small is not judged (2022 CCCCO note).
        counts.n_in_statistic > {{ var('ppg1_largest_insufficient_group') }} as is_judged
    from {{ ref('agg_counts') }} as counts
    inner join {{ ref('metric_definition') }} as definition
        on
            counts.metric_id = definition.metric_id
            and counts.definition_version = definition.definition_version
            and definition.statistic = 'rate'
    where counts.student_group <> 'all' and counts.n_in_statistic > 0
),

-- Two thirds have no group that is judged, and would take 2 GB of a state of 60,000. Rows that share a number with one of
-- these are left out by the join.
judged_kind as (
    select distinct hash({{ kind | join(', ') }}) as print
    from cell
    where is_judged
),

-- Everybody whose group is known: who is in no group of the type is not among the others either.
everybody as (
    select
        {{ kind | join(', ') }},
        sum(n) as n,
        sum(successes) as successes,
        sum(n_members) as n_members,
        sum(n_matchable) as n_matchable,
        max({'rate': successes / n, 'n': n, 'successes': successes}) filter (where is_judged) as best
    from cell
    where hash({{ kind | join(', ') }}) in (select print from judged_kind)
    group by {{ kind | join(', ') }}
    -- A group that is everybody has nobody to be compared with.
    having count(*) > 1
),

judged as (
    select
        {% for column in kind %}
        cell.{{ column }},
        {% endfor %}
        cell.cohort_basis,
        cell.student_group_value,
        cell.is_selected,
        cell.n_matchable / cell.n_members as group_matchable_share,
        (everybody.n_matchable - cell.n_matchable) / nullif(everybody.n_members - cell.n_members, 0)
            as others_matchable_share,
        cast(cell.n as uinteger) as group_n,
        cast(cell.successes as uinteger) as group_successes,
        cast(everybody.n as uinteger) as everybody_n,
        cast(everybody.successes as uinteger) as everybody_successes,
        cast(everybody.best.n as uinteger) as best_n,
        cast(everybody.best.successes as uinteger) as best_successes
    from cell
    inner join everybody
        on
            {% for column in kind %}
            cell.{{ column }} = everybody.{{ column }}{{ ' and' if not loop.last }}
            {% endfor %}
    where cell.is_judged
)

select
    * exclude (is_selected),
    {{ withheld_because('is_selected', 'group_matchable_share', 'others_matchable_share') }} as withheld_because
from judged
