{#-
    Whom metrics can be about. A population is the table pop_<population>: one row per person, cohort and lens, with
    the milestones and amounts that its metrics are written in.

    places: what can place a member in a region, and the column that says where. The first is the usual one.
-#}
{%- macro catalogue_populations() -%}
- population: ninth_grade_cohort
  cohort_basis: expected_graduation_year
  places: {high_school: institution_id}
- population: completer
  cohort_basis: completion_year
  places: {high_school: institution_id}
- population: graduate
  cohort_basis: graduation_year
  places: {high_school: institution_id}
- population: exiter
  cohort_basis: exit_year
  places: {college: institution_id, place_of_work: work_county_fips}
- population: journey
  cohort_basis: expected_graduation_year
  places: {high_school: institution_id}
{%- endmacro -%}
