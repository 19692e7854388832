{# Feeds that a point reads: years before the entry year, as first means first in the warehouse, and months after it. #}
{% set of_entry = {'college_enrollment': (2, 0)} %}
{% set of_dual = {'college_enrollment': (2, 0), 'dual_enrollment': (3, 0)} %}
{% set windows = {
    'units_6_first_year': of_entry, 'units_15_first_year': of_entry, 'units_30_first_year': of_entry,
    'fall_to_spring': of_entry, 'fall_to_fall': {'college_enrollment': (2, 12)},
    'entered_with_dual_enrollment_units': of_dual, 'entered_with_12_dual_enrollment_units': of_dual,
} %}

with record as (
    select
        person_id,
        academic_year,
        institution_id,
        term_id,
        term_start_date,
        units_attempted,
        units_earned
    from {{ ref('fct_college_enrollment') }}
    where not is_special_admit
),

entrant as (
    select
        person_id,
        academic_year as entry_year,
        {{ academic_year_start('academic_year') }} as entry_start,
        institution_id,
        term_id as entry_term_id
    from record
    -- At two colleges in the first term, home is where more units were attempted, then the lower id: as in the metrics.
    qualify
        row_number() over (
            partition by person_id order by term_start_date asc, units_attempted desc, institution_id asc, term_id asc
        ) = 1
),

first_year as (
    select
        entrant.person_id,
        sum(record.units_earned) as units,
        bool_or(right(record.term_id, 2) = 'SP') as has_spring
    from entrant
    inner join record
        on
            entrant.person_id = record.person_id
            and entrant.entry_year = record.academic_year
    group by entrant.person_id
),

next_year as (
    select distinct entrant.person_id
    from entrant
    inner join record
        on
            entrant.person_id = record.person_id
            and {{ academic_year_start('record.academic_year') }} = entrant.entry_start + 1
            and right(record.term_id, 2) = 'FA'
),

dual as (
    select
        person_id,
        sum(units_earned) as units
    from {{ ref('fct_dual_enrollment') }}
    group by person_id
),

person as (
    select
        entrant.person_id,
        entrant.entry_year,
        entrant.institution_id,
        right(entrant.entry_term_id, 2) = 'FA' as is_fall_entrant,
        first_year.units,
        first_year.has_spring,
        next_year.person_id is not null as has_next_fall,
        coalesce(dual.units, 0) as dual_units
    from entrant
    inner join first_year
        on entrant.person_id = first_year.person_id
    left join next_year
        on entrant.person_id = next_year.person_id
    left join dual
        on entrant.person_id = dual.person_id
),

reached as (
    {% for point, cohort, rule in [
        ('units_6_first_year', 'true', 'units >= 6'),
        ('units_15_first_year', 'true', 'units >= 15'),
        ('units_30_first_year', 'true', 'units >= 30'),
        ('fall_to_spring', 'is_fall_entrant', 'has_spring'),
        ('fall_to_fall', 'is_fall_entrant', 'has_next_fall'),
        ('entered_with_dual_enrollment_units', 'true', 'dual_units > 0'),
        ('entered_with_12_dual_enrollment_units', 'true', 'dual_units >= 12'),
    ] %}
        select
            '{{ point }}' as momentum_point,
            entry_year,
            institution_id,
            {{ rule }} as is_reached
        from person
        where {{ cohort }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

cell as (
    select
        reached.momentum_point,
        reached.entry_year,
        region.region_id,
        count(*) as entrants,
        count(*) filter (where reached.is_reached) as reached
    from reached
    inner join {{ ref('int_institution__region') }} as region
        on reached.institution_id = region.institution_id
    where region.region_id not like 'county:%'
    group by reached.momentum_point, reached.entry_year, region.region_id
),

{{ missing_of(windows, 'momentum_point', 'entry_year', 'cell') }}

select
    cell.momentum_point,
    cell.entry_year,
    cell.region_id,
    cell.entrants,
    cell.reached,
    cell.reached / cell.entrants as share,
    {{ wilson_low('cell.reached', 'cell.entrants') }} as share_low,
    {{ wilson_high('cell.reached', 'cell.entrants') }} as share_high,
    {{ is_complete('cell', 'momentum_point', 'entry_year') }} as is_complete
from cell
