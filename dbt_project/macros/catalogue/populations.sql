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
    in it, then the lower id. No lens but all.
- population: dual_enrollment_year
  cohort_basis: academic_year
  places: {college: institution_id}
  grain: >-
    One person with a special-admit section in an academic year, at the college with most units attempted in that
    year, then the lower id. Lenses: all; each sector of a section of the year (first four digits of its TOP code).
    Under a sector, everything but the college is about its sections.
- population: college_entrant
  cohort_basis: entry_year
  places: {college: institution_id}
  grain: >-
    Everybody with a college term as an ordinary student (education status other than 10000), once, in the academic
    year of the earliest term start date. Home: among the colleges, universities included, with a term on that date, the
    one with most units attempted in it, then the lower id. Sector: that of the earliest term of the entry academic year
    with a program, the lowest TOP code when several begin on that date; none when that program is in no career sector.
- population: college_year
  cohort_basis: enrollment_year
  places: {college: institution_id}
  grain: >-
    Everybody with a term in the academic year, as an ordinary student at a community college, whose program (first four
    digits of the TOP code) is in a career sector, once in each such year. Home: among the community colleges with such
    a term, the one with most units attempted in all its terms of the year, then the lower id. Sectors: of all such
    terms of the year.
- population: exiter
  cohort_basis: exit_year
  places: {college: institution_id, place_of_work: work_county_fips}
  grain: >-
    Everybody with a term as an ordinary student in the academic year and none at any college in the next, when the next
    has been reported, whose latest program of the year is in a career sector; once for each such year. Home: the
    college of the term that ends last, then the higher id. Place of work: county of the primary employer (most wages,
    then the lower account) in the second quarter after the exit quarter. Credential type: the highest award dated by 30
    June that ends the exit year, in the order none, industry, certificate, apprenticeship, associate, bachelor. Entry:
    the first term of the latest academic year, up to the exit year, with no term at any college in the year before it.
- population: award_earner
  cohort_basis: award_year
  places: {college: institution_id}
  grain: >-
    Everybody with an award in the academic year, once in each such year, by the highest award of that year, in the
    order industry, certificate, apprenticeship, associate, bachelor; of equal ones the latest date, then the lower
    issuer id, then the lower award id. Home: its issuer. Sector: of its program, by TOP code, else by CIP code.
    Credential type: industry, apprenticeship, associate, bachelor, certificate_under_16_units (N),
    certificate_16_units (M, T, F) or certificate_other (O, G).
- population: journey
  cohort_basis: expected_graduation_year
  places: {high_school: institution_id}
  grain: >-
    The ninth-grade cohort, each with one state of every stage: career education in high school, how high school ended,
    the first college within 16 months of completing it, the highest credential within six years of the expected
    graduation, and wages of October to December after that.
{%- endmacro -%}
