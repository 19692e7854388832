{#-
    Whom metrics can be about. A population is the table pop_<population>: one row per person, cohort and lens, with
    the milestones and amounts that its metrics are written in.

    grain: what one member is, and where they count.
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
{%- endmacro -%}
