with cell as (
    select
        grp.metric_id,
        grp.definition_version,
        grp.cohort_basis,
        grp.cohort_year,
        grp.region_basis,
        grp.region_scheme,
        grp.region_id,
        grp.region_name,
        grp.lens_type,
        grp.lens_code,
        grp.group_type,
        grp.group_code,
        grp.numerator as group_numerator,
        grp.denominator as group_n,
        -- Everybody else: comparing with the whole would compare a large group mostly with itself.
        everybody.numerator - grp.numerator as reference_numerator,
        everybody.denominator - grp.denominator as reference_n
    from {{ ref('metric_value') }} as grp
    inner join {{ ref('metric_value') }} as everybody
        on
            grp.metric_id = everybody.metric_id
            and grp.definition_version = everybody.definition_version
            and grp.cohort_year = everybody.cohort_year
            and grp.region_id = everybody.region_id
            and grp.region_basis = everybody.region_basis
            and grp.lens_type = everybody.lens_type
            and grp.lens_code = everybody.lens_code
            and everybody.group_type = 'all'
    where
        grp.unit = 'rate'
        and grp.group_type <> 'all'
        and grp.denominator > 0
),

rate as (
    select
        *,
        group_numerator / group_n as group_rate,
        case when reference_n > 0 then reference_numerator / reference_n end as reference_rate
    from cell
),

gap as (
    select
        *,
        group_rate - reference_rate as ppg1_points,
        {{ ppg1_margin('group_rate', 'group_n') }} as margin,
        group_n > {{ var('ppg1_largest_insufficient_group') }} as is_sufficient
    from rate
)

select
    metric_id,
    definition_version,
    cohort_basis,
    cohort_year,
    region_basis,
    region_scheme,
    region_id,
    region_name,
    lens_type,
    lens_code,
    group_type,
    group_code,
    group_rate,
    group_n,
    reference_rate,
    reference_n,
    ppg1_points,
    margin,
    cast({{ var('confidence_z') }} as double) as z_value,
    cast({{ var('ppg1_minimum_margin') }} as double) as minimum_margin,
    is_sufficient,
    -- Rounded, so that a gap of exactly the margin is judged the same on every machine.
    case when is_sufficient then round(ppg1_points + margin, 9) <= 0 end as is_disproportionate_impact,
    case
        when ppg1_points is not null then {{ people_to_close('-ppg1_points - margin', 'group_n') }}
    end as successes_to_clear_impact,
    case
        when ppg1_points is not null then {{ people_to_close('-ppg1_points', 'group_n') }}
    end as successes_to_parity
from gap
