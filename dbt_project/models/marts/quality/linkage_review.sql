select
    measure,
    coalesce(band, 'all') as weight_band,
    case
        when is_joined then 'joined'
        when not is_joined then 'apart'
        else 'all'
    end as outcome,
    pairs as pair_count,
    labelled as labelled_count,
    same as same_person_count,
    unsure as unsure_count,
    estimate,
    low as estimate_low,
    high as estimate_high
from {{ source('analyses', 'linkage_review') }}
