{{ config(materialized='table') }}

-- distinct: a delivery has many rows. Wages name no institution: their place is everywhere.
select distinct
    feed,
    submitter,
    -- Periods as numbers that go up by one: years by their start, quarters by their index.
    coalesce({{ academic_year_start('academic_year') }}, quarter_index) as period_number,
    quarter_index is not null as is_quarter,
    coalesce(school_id, institution_id) as place_id
from ({{ staged_records(person_feeds()) }}) as record
