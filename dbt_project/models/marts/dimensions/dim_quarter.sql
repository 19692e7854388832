with quarter as (
    select cast(unnest(generate_series(
        {{ var('first_academic_year_start') }} * 4 + 2, ({{ var('last_academic_year_start') }} + 1) * 4 + 1
    )) as integer) as quarter_index
),

dated as (
    select
        quarter_index,
        make_date(quarter_index // 4, (quarter_index % 4) * 3 + 1, 1) as starts_on
    from quarter
)

select
    {{ quarter_label('quarter_index') }} as quarter,
    quarter_index,
    quarter_index // 4 as calendar_year,
    quarter_index % 4 + 1 as quarter_of_year,
    starts_on,
    last_day(starts_on + to_months(2)) as ends_on,
    -- July to December belong to the academic year that begins in that year, January to June to the one that ends.
    {{ academic_year_label('((quarter_index - 2) // 4)') }} as academic_year
from dated
