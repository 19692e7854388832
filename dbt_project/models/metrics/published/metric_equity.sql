{{ config(materialized='view') }}

-- Not materialized: DuckDB would compute every column of every comparison for a query of one.
with comparison as not materialized (
    select
        comparison.* replace (
            cast(comparison.group_n as bigint) as group_n,
            cast(comparison.everybody_n as bigint) as everybody_n,
            cast(comparison.group_successes as bigint) as group_successes,
            cast(comparison.everybody_successes as bigint) as everybody_successes,
            cast(comparison.n_comparisons as bigint) as n_comparisons
        ),
        comparison.best_successes / comparison.best_n as best_rate,
        case when comparison.withheld_because is null then test.p_value end as p_value,
        test.ppg1_2022_chance,
        test.ppg1_2017_chance,
        {{ scheme_of('comparison.region_id') }} as region_scheme,
        place.region_name
    from {{ ref('agg_comparisons').include(database=false) }} as comparison
    left join {{ ref('agg_exact_tests').include(database=false) }} as test
        on
            comparison.group_n = test.group_n
            and comparison.group_successes = test.group_successes
            and comparison.everybody_n = test.everybody_n
            and comparison.everybody_successes = test.everybody_successes
    inner join {{ ref('dim_place').include(database=false) }} as place
        on comparison.region_id = place.region_id
),

compared as not materialized (
    select
        *,
        -- Everybody else: comparing with the whole would compare a large group mostly with itself.
        everybody_n - group_n as others_n,
        everybody_successes - group_successes as others_successes,
        group_successes / group_n as group_rate,
        everybody_successes / everybody_n as everybody_rate,
        (everybody_successes - group_successes) / (everybody_n - group_n) as others_rate
    from comparison
),

method as (
    {% for version, rate, minimum in [
        ('ppg1_2022', 'group_rate', var('ppg1_minimum_margin')), ('ppg1_2017', '0.5', var('ppg1_2017_minimum_margin')),
    ] %}
    {% set margin = ppg1_margin(rate, 'group_n', minimum) %}
        select
            *,
            '{{ version }}' as equity_method,
            others_rate as reference_rate,
            others_n as reference_n,
            group_rate - others_rate as value,
            {{ newcombe_low('group_successes', 'group_n', 'others_successes', 'others_n') }} as value_low,
            {{ newcombe_high('group_successes', 'group_n', 'others_successes', 'others_n') }} as value_high,
            -{{ margin }} as threshold,
            {{ is_ppg1_flagged('group_rate - others_rate', margin) }} as is_disproportionate_impact,
            {{ version }}_chance as chance_flag_probability,
            {{ people_to_close('others_rate - group_rate - ' ~ margin, 'group_n') }} as successes_to_clear_impact,
            {{ people_to_close('others_rate - group_rate', 'group_n') }} as successes_to_parity
        from compared
        union all
    {% endfor %}
    {% set cutoff = var('proportionality_cutoff') %}
    {% set n, all_n = 'group_n', 'everybody_n' %}
    select
        *,
        'proportionality_index' as equity_method,
        everybody_rate as reference_rate,
        everybody_n as reference_n,
        group_rate / everybody_rate as value,
        null as value_low,
        null as value_high,
        {{ cutoff }} as threshold,
        -- Rounded: a ratio at its cutoff is no impact on any machine.
        round(group_rate / everybody_rate - {{ cutoff }}, 9) < 0 as is_disproportionate_impact,
        null as chance_flag_probability,
        {{ successes_to_share('group_successes', n, 'everybody_successes', all_n, cutoff) }}
            as successes_to_clear_impact,
        {{ successes_to_share('group_successes', n, 'everybody_successes', all_n, 1) }} as successes_to_parity
    from compared
    where everybody_successes > 0
    union all
    {% set cutoff = var('eighty_percent_cutoff') %}
    select
        *,
        'eighty_percent_index' as equity_method,
        best_rate as reference_rate,
        null as reference_n,
        group_rate / best_rate as value,
        null as value_low,
        null as value_high,
        {{ cutoff }} as threshold,
        -- Rounded: a ratio at its cutoff is no impact on any machine.
        round(group_rate / best_rate - {{ cutoff }}, 9) < 0 as is_disproportionate_impact,
        null as chance_flag_probability,
        {{ people_to_close(cutoff ~ ' * best_rate - group_rate', 'group_n') }} as successes_to_clear_impact,
        {{ people_to_close('best_rate - group_rate', 'group_n') }} as successes_to_parity
    from compared
    where best_rate > 0
)

select
    metric_id,
    definition_version,
    cohort_basis,
    cohort_year,
    attribution,
    region_scheme,
    region_id,
    region_name,
    dimension,
    dimension_value,
    student_group,
    student_group_value,
    equity_method,
    group_rate,
    group_n,
    case when withheld_because is null then reference_rate end as reference_rate,
    reference_n,
    case when withheld_because is null then value end as value,
    case when withheld_because is null then value_low end as value_low,
    case when withheld_because is null then value_high end as value_high,
    cast(threshold as double) as threshold,
    case when withheld_because is null then is_disproportionate_impact end as is_disproportionate_impact,
    case when withheld_because is null then chance_flag_probability end as chance_flag_probability,
    case when withheld_because is null then successes_to_clear_impact end as successes_to_clear_impact,
    case when withheld_because is null then successes_to_parity end as successes_to_parity,
    p_value,
    n_comparisons,
    q_value,
    group_matchable_share,
    others_matchable_share,
    withheld_because
from method
