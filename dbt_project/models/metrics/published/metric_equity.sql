with cell as (
    select
        grp.metric_id,
        grp.definition_version,
        grp.cohort_basis,
        grp.cohort_year,
        grp.attribution,
        grp.region_scheme,
        grp.region_id,
        grp.region_name,
        grp.dimension,
        grp.dimension_value,
        grp.student_group,
        grp.student_group_value,
        grp.denominator as group_n,
        -- Of a bad outcome the complement is compared: to stay is then the success.
        case
            when definition.is_favorable then grp.numerator else grp.denominator - grp.numerator
        end as group_successes,
        -- Everybody whose group is known: who is in no group of the type is not among the others either.
        cast(sum(group_n) over kind as bigint) as everybody_n,
        cast(sum(group_successes) over kind as bigint) as everybody_successes
    from {{ ref('metric_value') }} as grp
    inner join {{ ref('metric_definition') }} as definition
        on
            grp.metric_id = definition.metric_id
            and grp.definition_version = definition.definition_version
            and definition.statistic = 'rate'
    where grp.student_group <> 'all'
    window
        kind as (
            partition by
                grp.metric_id,
                grp.definition_version,
                grp.cohort_year,
                grp.attribution,
                grp.region_id,
                grp.dimension,
                grp.dimension_value,
                grp.student_group
        )
    -- A group this small is not judged (2022 CCCCO note); one that is everybody has nobody to be compared with.
    qualify
        group_n > {{ var('ppg1_largest_insufficient_group') }}
        and group_n < everybody_n
),

compared as (
    select
        *,
        -- Everybody else: comparing with the whole would compare a large group mostly with itself.
        everybody_n - group_n as others_n,
        everybody_successes - group_successes as others_successes,
        group_successes / group_n as group_rate,
        everybody_successes / everybody_n as everybody_rate,
        (everybody_successes - group_successes) / (everybody_n - group_n) as others_rate,
        max(group_successes / group_n) over (
            partition by
                metric_id,
                definition_version,
                cohort_year,
                attribution,
                region_id,
                dimension,
                dimension_value,
                student_group
        ) as best_rate
    from cell
),

standardised as (
    select
        *,
        {{ two_proportion_z('group_successes', 'group_n', 'others_successes', 'others_n') }} as z_score
    from compared
),

tested as (
    select
        *,
        2 * {{ normal_tail('z_score') }} as p_value
    from standardised
),

-- One family: every group of every metric of a place, cohort and dimension. Of all of them, some differ by chance.
ranked as (
    select
        *,
        count(*) over family as n_comparisons,
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
            {{ people_to_close('others_rate - group_rate - ' ~ margin, 'group_n') }} as successes_to_clear_impact,
            {{ people_to_close('others_rate - group_rate', 'group_n') }} as successes_to_parity
        from discovered
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
        {{ successes_to_share('group_successes', n, 'everybody_successes', all_n, cutoff) }}
            as successes_to_clear_impact,
        {{ successes_to_share('group_successes', n, 'everybody_successes', all_n, 1) }} as successes_to_parity
    from discovered
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
        {{ people_to_close(cutoff ~ ' * best_rate - group_rate', 'group_n') }} as successes_to_clear_impact,
        {{ people_to_close('best_rate - group_rate', 'group_n') }} as successes_to_parity
    from discovered
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
    reference_rate,
    reference_n,
    value,
    value_low,
    value_high,
    cast(threshold as double) as threshold,
    -- Rounded, so that a gap of exactly the margin is judged the same on every machine. A ratio at its cutoff is none.
    case
        when equity_method in ('ppg1_2022', 'ppg1_2017') then round(value - threshold, 9) <= 0
        else round(value - threshold, 9) < 0
    end as is_disproportionate_impact,
    successes_to_clear_impact,
    successes_to_parity,
    p_value,
    n_comparisons,
    q_value
from method
