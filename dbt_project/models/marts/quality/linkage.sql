with cell as (
    select
        *,
        -- Everybody else whose group is known: comparing with the whole would compare a large group mostly with itself.
        cast(sum(n_people) over kind as bigint) - n_people as others_n_people,
        cast(sum(n_matchable) over kind as bigint) - n_matchable as others_n_matchable,
        cast(sum(n_matched) over kind as bigint) - n_matched as others_n_matched
    from {{ ref('int_linkage__aggregate') }}
    window kind as (partition by from_feed, to_feed, region_id, student_group)
),

rate as (
    select
        *,
        (n_people - n_matchable) / n_people as unmatchable_share,
        case when n_matchable > 0 then n_matched / n_matchable end as match_rate,
        case
            when others_n_people > 0 then (others_n_people - others_n_matchable) / others_n_people
        end as others_unmatchable_share,
        case when others_n_matchable > 0 then others_n_matched / others_n_matchable end as others_match_rate
    from cell
),

-- A pair of feeds is estimated once and read in both directions.
estimate as (
    select
        source_a as from_feed,
        source_b as to_feed,
        linked_pairs,
        expected_true_linked,
        expected_true_seen
    from {{ source('identity', 'link_quality') }}
    union all
    select
        source_b as from_feed,
        source_a as to_feed,
        linked_pairs,
        expected_true_linked,
        expected_true_seen
    from {{ source('identity', 'link_quality') }}
)

select
    rate.from_feed,
    rate.to_feed,
    region.region_scheme,
    rate.region_id,
    region.region_name,
    rate.student_group,
    rate.student_group_value,
    {{ is_match_expected('rate.from_feed', 'rate.to_feed') }} as is_match_expected,
    rate.n_people,
    rate.n_matchable,
    rate.n_matched,
    rate.unmatchable_share,
    rate.match_rate,
    rate.n_matched / rate.n_people as match_rate_of_all,
    case when rate.n_matchable > 0 then {{ wilson_low('rate.n_matched', 'rate.n_matchable') }} end as match_rate_low,
    case when rate.n_matchable > 0 then {{ wilson_high('rate.n_matched', 'rate.n_matchable') }} end as match_rate_high,
    rate.others_n_matchable,
    rate.others_match_rate,
    rate.unmatchable_share - rate.others_unmatchable_share as unmatchable_share_points,
    rate.match_rate - rate.others_match_rate as match_rate_points,
    case
        when rate.n_matchable > 0 and rate.others_n_matchable > 0
            then {{ newcombe_low(
                'rate.n_matched', 'rate.n_matchable', 'rate.others_n_matched', 'rate.others_n_matchable'
            ) }}
    end as match_rate_points_low,
    case
        when rate.n_matchable > 0 and rate.others_n_matchable > 0
            then {{ newcombe_high(
                'rate.n_matched', 'rate.n_matchable', 'rate.others_n_matched', 'rate.others_n_matchable'
            ) }}
    end as match_rate_points_high,
    case
        when region.region_scheme = 'statewide' and rate.student_group = 'all' and estimate.linked_pairs > 0
            then estimate.expected_true_linked / estimate.linked_pairs
    end as estimated_precision,
    case
        when region.region_scheme = 'statewide' and rate.student_group = 'all' and estimate.expected_true_seen > 0
            then estimate.expected_true_linked / estimate.expected_true_seen
    end as estimated_recall,
    -- Who cannot be looked for is missed, too.
    case
        when estimate.expected_true_seen > 0
            then estimate.expected_true_linked / estimate.expected_true_seen * (1 - rate.unmatchable_share)
    end as estimated_recall_of_all
from rate
inner join {{ ref('dim_region') }} as region
    on rate.region_id = region.region_id
left join estimate
    on
        rate.from_feed = estimate.from_feed
        and rate.to_feed = estimate.to_feed
-- Rates of equal counts side by side take two thirds of the bytes.
order by rate.n_matchable, rate.n_matched
