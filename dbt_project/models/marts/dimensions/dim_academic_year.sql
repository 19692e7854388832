with academic_year as (
    select unnest(
        generate_series({{ var('first_academic_year_start') }}, {{ var('last_academic_year_start') }})
    ) as start_year
)

select
    {{ academic_year_label('start_year') }} as academic_year,
    cast(start_year as integer) as start_year,
    make_date(start_year, 7, 1) as starts_on,
    make_date(start_year + 1, 6, 30) as ends_on
from academic_year
