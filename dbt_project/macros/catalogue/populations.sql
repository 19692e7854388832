{#-
    Whom metrics can be about. A population is the table pop_<population>: one row per person, cohort and lens, with
    the milestones and amounts that its metrics are written in.

    grain: what one member is, and where they count.
    places: what can place a member in a region, and the column that says where. The first is the usual one.
-#}
{%- macro catalogue_populations() -%}
- population: student_year
  cohort_basis: academic_year
  places: {high_school: institution_id}
  grain: >-
    One person with a high school enrollment of any status (10, 20, 30) in an academic year, at one home school: the
    school of the primary spell (10) with the latest entry date, or of any spell when none is primary; on the same
    entry date the higher school id. Lenses: all; the grade of that spell (of two at the same school and date, the
    higher grade); each sector in which pathway records of the year add up to at least one completed course.
- population: ninth_grade_cohort
  cohort_basis: expected_graduation_year
  places: {high_school: institution_id}
  grain: >-
    One person with a primary enrollment (status 10), in the cohort that the first one implies (its academic year plus
    12 minus the grade), unless removed; at the school of the last primary enrollment. Lenses: all; each sector in
    which at least one course was completed up to the academic year of that enrollment.
- population: completer
  cohort_basis: completion_year
  places: {high_school: institution_id}
  grain: >-
    One person who completed high school (status 100, 250, 320 or 330), at the school and in the academic year of the
    earliest completion. Lenses: all; each sector in which at least one course was completed up to that year.
- population: graduate
  cohort_basis: graduation_year
  places: {high_school: institution_id}
  grain: >-
    One person with a regular diploma (status 100), at the school and in the academic year of the earliest one.
    Lenses: all; each sector in which at least one course was completed up to that year.
- population: special_admit_cohort
  cohort_basis: expected_graduation_year
  places: {college: institution_id}
  grain: >-
    One person who was first a special admit (at least 0.5 units attempted at one college in one term, or a section
    under a CCAP partnership) in an academic year up to the expected graduation year of the linked high school
    record, in the cohort of that year; at the college of that first term, of several the one with most units attempted
    in it, then the lower id.
- population: dual_enrollment_year
  cohort_basis: academic_year
  places: {college: institution_id}
  grain: >-
    One person with a special-admit section in an academic year, at the college with most units attempted in that
    year, then the lower id. Lenses: all; each sector of a section of the year (first four digits of its TOP code).
    Under a sector, everything but the college is about its sections.
- population: exiter
  cohort_basis: exit_year
  places: {college: institution_id, place_of_work: work_county_fips}
- population: journey
  cohort_basis: expected_graduation_year
  places: {high_school: institution_id}
{%- endmacro -%}
