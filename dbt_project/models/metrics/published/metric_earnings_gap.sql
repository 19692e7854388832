{{ config(meta={'made_by': ['cohort_year']}) }}

-- Medians have no PPG-1. The bootstrap says how far the difference of two medians could be by chance: the
-- median of a resample of n is the amount at a place that a beta variable names (Efron 1979), so an arm's resampled
-- medians are read off its sorted list, without resampling it.
with member as (
    select
        member.metric_id,
        member.definition_version,
        member.cohort_year,
        member.attribution,
        place.region_scheme,
        place.region_id,
        grp.student_group,
        grp.student_group_value,
        member.amount
    from {{ ref('metric_member') }} as member
    inner join {{ ref('metric_definition') }} as definition
        on
            member.metric_id = definition.metric_id
            and member.definition_version = definition.definition_version
            and definition.statistic = 'median'
            and definition.unit = 'usd'
    inner join {{ ref('brg_place_region') }} as place
        on
            member.place_id = place.place_id
            and place.region_scheme in ('statewide', 'macroregion')
    inner join {{ ref('brg_person_group') }} as grp
        on member.person_id = grp.person_id
    where member.dimension = 'all' and member.is_in_statistic and grp.student_group <> 'all'
),

arm as (
    select
        metric_id,
        definition_version,
        cohort_year,
        attribution,
        region_scheme,
        region_id,
        student_group,
        student_group_value,
        list(amount) as amounts
    from member
    group by
        metric_id,
        definition_version,
        cohort_year,
        attribution,
        region_scheme,
        region_id,
        student_group,
        student_group_value
),

-- Of the same cells, how many can be looked up, and why two of them are not compared.
covered as (
    select
        cell.metric_id,
        cell.definition_version,
        cell.cohort_year,
        cell.attribution,
        cell.region_id,
        cell.student_group,
        cell.student_group_value,
        {{ is_selected('definition') }} as is_selected,
        cell.n_matchable / cell.n_members as share,
        (sum(cell.n_matchable) over kind - cell.n_matchable)
        / nullif(sum(cell.n_members) over kind - cell.n_members, 0) as others_share
    from {{ ref('agg_counts') }} as cell
    inner join {{ ref('metric_definition') }} as definition
        on
            cell.metric_id = definition.metric_id
            and cell.definition_version = definition.definition_version
            and definition.statistic = 'median'
            and definition.unit = 'usd'
    where
        cell.dimension = 'all'
        and cell.student_group <> 'all'
        and cell.region_id in (
            select place.region_id from {{ ref('brg_place_region') }} as place
            where place.region_scheme in ('statewide', 'macroregion')
        )
    window kind as (
        partition by
            cell.metric_id,
            cell.definition_version,
            cell.cohort_year,
            cell.attribution,
            cell.region_id,
            cell.student_group
    )
),

pair as (
    select
        own.metric_id,
        own.definition_version,
        own.cohort_year,
        own.attribution,
        own.region_scheme,
        own.region_id,
        own.student_group,
        own.student_group_value,
        list_sort(own.amounts) as amounts,
        list_sort(flatten(list(others.amounts))) as others_amounts
    from arm as own
    inner join arm as others
        on
            own.metric_id = others.metric_id
            and own.definition_version = others.definition_version
            and own.cohort_year = others.cohort_year
            and own.attribution = others.attribution
            and own.region_id = others.region_id
            and own.student_group = others.student_group
            and own.student_group_value <> others.student_group_value
    where len(own.amounts) >= {{ var('earnings_gap_least_people') }}
    group by all
),

{% set arms = {'own': 'amounts', 'others': 'others_amounts'} %}
{% for arm, amounts in arms.items() %}
    -- distinct: where the medians of resamples are hangs on how many amounts there are, which many pairs share.
    {{ arm }}_size as (
        select distinct len({{ amounts }}) as n
        from pair
        where len({{ amounts }}) >= {{ var('earnings_gap_least_people') }}
    ),

    {{ arm }}_place as (
        select
            size.n,
            list_transform(
                normal.draws,
                lambda draw:
                {{ resampled_place('size.n', 'draw.' ~ arm ~ '_1', 'draw.' ~ arm ~ '_2') }}
            ) as places
        from {{ arm }}_size as size
        cross join {{ ref('int_statistics__normal_draw') }} as normal
    ),

{% endfor %}
resampled as (
    select
        pair.*,
        {{ quantile_value('pair.amounts', 0.5) }} as median_usd,
        {{ quantile_value('pair.others_amounts', 0.5) }} as others_median_usd,
        list_sort(
            {{ differences_at('pair.amounts', 'own_place.places', 'pair.others_amounts', 'others_place.places') }}
        ) as gaps
    from pair
    inner join own_place on len(pair.amounts) = own_place.n
    inner join others_place on len(pair.others_amounts) = others_place.n
),

withheld as (
    select
        *,
        {{ withheld_because('is_selected', 'share', 'others_share') }} as withheld_because
    from covered
)

select
    resampled.metric_id,
    resampled.definition_version,
    resampled.cohort_year,
    resampled.attribution,
    resampled.region_scheme,
    resampled.region_id,
    resampled.student_group,
    resampled.student_group_value,
    resampled.median_usd,
    len(resampled.amounts) as group_n,
    resampled.others_median_usd,
    len(resampled.others_amounts) as others_n,
    {% for column, sql in {
        'gap_usd': 'resampled.median_usd - resampled.others_median_usd',
        'gap_low_usd': quantile_value('resampled.gaps', 0.025),
        'gap_high_usd': quantile_value('resampled.gaps', 0.975),
        'gap_share':
            '(resampled.median_usd - resampled.others_median_usd) / nullif(resampled.others_median_usd, 0)',
    }.items() %}
        case when withheld.withheld_because is null then {{ sql }} end as {{ column }},
    {% endfor %}
    withheld.share as group_matchable_share,
    withheld.others_share as others_matchable_share,
    withheld.withheld_because
from resampled
-- A high school cohort is not counted by college aid, which would be about those who went to college alone.
inner join withheld
    on
        resampled.metric_id = withheld.metric_id
        and resampled.definition_version = withheld.definition_version
        and resampled.cohort_year = withheld.cohort_year
        and resampled.attribution = withheld.attribution
        and resampled.region_id = withheld.region_id
        and resampled.student_group = withheld.student_group
        and resampled.student_group_value = withheld.student_group_value
