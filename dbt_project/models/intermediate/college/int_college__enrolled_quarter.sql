{{ config(materialized='table') }}

-- union: no term is longer than two quarters, so that its first and last day name all of its quarters.
select
    person_id,
    {{ quarter_index_of_date('term_start_date') }} as quarter_index
from {{ ref('int_college__term') }}
union
select
    person_id,
    {{ quarter_index_of_date('term_end_date') }} as quarter_index
from {{ ref('int_college__term') }}
