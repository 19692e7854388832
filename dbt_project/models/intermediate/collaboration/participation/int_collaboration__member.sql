{{ config(materialized='table') }}

-- An employer is known by its name: its account number would lead from a named employer to the wages it pays.
select
    member_id,
    member_name as partner_name,
    member_type_code as partner_type_code,
    case
        when member_type_code = 'EMPLOYER' then 'E' || left(sha256(upper(trim(member_name))), 12) else member_id
    end as partner_id
from {{ ref('stg_consortium_member') }}
qualify
    row_number() over (partition by member_id order by academic_year desc, member_name asc, member_type_code asc) = 1
