{{ config(materialized='table') }}

with last_reported as (
    select max({{ academic_year_start('academic_year') }}) as year_start
    from {{ ref('stg_initiative_grant') }}
),

line as (
    select
        grant_id,
        grant_line,
        initiative_code,
        funder_name,
        consortium_id,
        institution_id,
        school_id,
        pathway_code,
        award_amount_usd,
        grant_start_date,
        grant_end_date,
        {{ academic_year_start('academic_year') }} as last_report_start
    from {{ ref('stg_initiative_grant') }}
    qualify
        row_number() over (
            partition by grant_id, grant_line
            order by
                academic_year desc, grant_end_date desc nulls first, grant_start_date asc,
                award_amount_usd desc nulls last, initiative_code asc, funder_name asc, consortium_id asc,
                institution_id asc, school_id asc, pathway_code asc
        ) = 1
),

window_of as (
    select
        line.*,
        -- A line without an end runs while it is reported; reported no more, it ended with its last report.
        coalesce(
            line.grant_end_date,
            case
                when line.last_report_start < last_reported.year_start
                    then make_date(line.last_report_start + 1, 6, 30)
            end
        ) as effective_end_date,
        {{ academic_year_start_of_date('line.grant_start_date') }} as first_year_start,
        coalesce({{ academic_year_start_of_date('line.grant_end_date') }}, line.last_report_start) as last_year_start,
        last_reported.year_start as last_reported_year_start
    from line
    cross join last_reported
)

select
    * exclude (last_report_start),
    -- Decimals add up the same in any order.
    cast(award_amount_usd / (last_year_start - first_year_start + 1) as decimal(24, 10)) as award_usd_per_year
from window_of
