select
    report.record_id,
    report.academic_year,
    report.grant_id,
    report.grant_line,
    report.initiative_code,
    report.consortium_id,
    report.institution_id as partner_id,
    report.school_id,
    report.pathway_code,
    report.grant_start_date,
    report.grant_end_date,
    report.award_amount_usd,
    cast(line.award_usd_per_year as decimal(14, 2)) as award_usd_per_year,
    row_number() over (
        partition by report.grant_id, report.grant_line
        order by
            report.academic_year desc, report.grant_end_date desc nulls first, report.grant_start_date asc,
            report.award_amount_usd desc nulls last, report.initiative_code asc, report.funder_name asc,
            report.consortium_id asc, report.institution_id asc, report.school_id asc, report.pathway_code asc
    ) = 1 as is_last_report
from {{ ref('stg_initiative_grant') }} as report
inner join {{ ref('int_collaboration__grant_line') }} as line
    on
        report.grant_id = line.grant_id
        and report.grant_line = line.grant_line
