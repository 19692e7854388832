{#- Metrics of students in high school, and of graduates on their way on. What an entry holds is told in catalogue.sql. -#}
{%- macro catalogue_high_school() -%}
- metric_id: dual_enrollment_participation_rate
  definition_version: ever_in_high_school
  metric_name: Dual enrollment participation rate
  catalogue_id: A03
  family: access
  population: graduate
  is_headline: true
  numerator_sql: was_dual_enrolled
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  lookback_years: 3
  meaning: >-
    Share of high school graduates who took at least one college course while in high school.
  numerator: >-
    Graduates with any dual enrollment record in an academic year up to the graduation year.
  denominator: High school graduates with a regular diploma.
  time_rule: >-
    Academic year of the course on or before the graduation year: ever in high school, not in one year.
  exclusions: Completers without a regular diploma.
  caveats: >-
    Differs sharply from an annual snapshot of all pupils. Counts only records that linkage could join: an
    unlinked college or award record reads as none.
  source: Wheelhouse and PACE dual enrollment briefs
  source_metric_id: ever in four years
  effective_from: 2010-07-01
- metric_id: four_year_graduation_rate
  definition_version: acgr
  metric_name: Four-year graduation rate
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  is_headline: true
  numerator_sql: graduation_date <= four_year_deadline
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of a ninth-grade cohort that earned a regular diploma within four years.
  numerator: >-
    Members of the denominator with a regular diploma (completion status 100) dated on or before 31 August of the
    expected graduation year.
  denominator: >-
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its
    academic year plus 12 minus the grade.
  time_rule: >-
    Diploma dated on or before 31 August that ends the expected graduation year: summer graduates count.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out
    of the country or to home school, or to an institution with a diploma program.
  caveats: >-
    Special education certificates and equivalency diplomas are not graduates. A sector reports its participants,
    not all who began in it.
  source: California adjusted cohort graduation rate
  source_metric_id: ACGR; Perkins 1S1 among concentrators
  effective_from: 2010-07-01
- metric_id: cte_completion_rate
  definition_version: v1_300_hours
  metric_name: CTE completion rate, at least 300 hours
  catalogue_id: Q01
  family: quality
  population: graduate
  is_headline: true
  numerator_sql: is_completer_300_hours
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of high school graduates who completed a career technical education pathway.
  numerator: >-
    Graduates with a completed pathway: at least two courses in the pathway, a recorded completion with a capstone
    grade of C- or better, and at least 300 hours.
  denominator: >-
    High school graduates with a regular diploma; in a sector, graduates who completed at least one course in it.
  time_rule: Courses, hours and completion summed over academic years up to the graduation year.
  exclusions: Completers without a regular diploma.
  caveats: >-
    The 300-hour floor was withdrawn with the 2024-27 Perkins V plan; the first academic year without it is not
    confirmed. Completion is asserted by the district.
  source: CDE CTE pathway definitions; DataVista
  source_metric_id: 122K; KS102
  effective_from: 2019-07-01
  effective_to: 2024-06-30
- metric_id: cte_completion_rate
  definition_version: v2_no_hours
  metric_name: CTE completion rate, no hours floor
  catalogue_id: Q01
  family: quality
  population: graduate
  is_headline: true
  numerator_sql: is_completer_no_hours
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of high school graduates who completed a career technical education pathway.
  numerator: >-
    Graduates with a completed pathway: at least two courses in the pathway and a recorded completion with a
    capstone grade of C- or better.
  denominator: >-
    High school graduates with a regular diploma; in a sector, graduates who completed at least one course in it.
  time_rule: Courses, hours and completion summed over academic years up to the graduation year.
  exclusions: Completers without a regular diploma.
  caveats: >-
    Computed for every cohort so that a trend can be read under one rule. Completion is asserted by the district.
  source: CDE CTE pathway definitions; DataVista
  source_metric_id: 122K; KS102
  effective_from: 2024-07-01
- metric_id: college_going_rate
  definition_version: 12_months
  metric_name: College-going rate, 12 months
  catalogue_id: T01
  family: quality
  population: completer
  is_headline: true
  numerator_sql: first_term_start_date <= leaving_date + interval 12 month
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 12
  meaning: Share of high school completers who enrolled in college within a year.
  numerator: >-
    Completers with a college term, as an ordinary student, that began after the completion date and within 12
    months of it.
  denominator: >-
    High school completers: regular diploma, adult education diploma, proficiency examination, GED or HiSET.
  time_rule: completion date < term start <= completion date + 12 months.
  exclusions: Special education certificates; terms taken as a special admit.
  caveats: >-
    Colleges that do not report to the warehouse are missing. Counts only records that linkage could join: an
    unlinked college or award record reads as none.
  source: CDE college-going rate
  source_metric_id: CGR 12 months
  effective_from: 2014-07-01
- metric_id: dual_enrollment_matriculation_rate
  definition_version: 12_months
  metric_name: Dual enrollment matriculation rate, 12 months
  catalogue_id: T07
  family: quality
  population: graduate
  is_headline: true
  denominator_sql: was_dual_enrolled
  numerator_sql: first_term_start_date <= leaving_date + interval 12 month
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 12
  meaning: Share of graduates with dual enrollment who enrolled in college within a year.
  numerator: >-
    Members of the denominator with a college term, as an ordinary student, that began after the graduation date
    and within 12 months of it.
  denominator: High school graduates with any dual enrollment record up to the graduation year.
  time_rule: graduation date < term start <= graduation date + 12 months.
  exclusions: Terms taken as a special admit, the summer after grade 12 included.
  caveats: >-
    Counts only records that linkage could join: an unlinked college or award record reads as none.
  source: DataVista dual enrollment cohort; PPIC
  source_metric_id: 225D at one year
  effective_from: 2014-07-01
- metric_id: pathway_completion_rate
  definition_version: 3_years
  metric_name: Pathway completion rate, 3 years
  family: quality
  population: graduate
  is_headline: true
  denominator_sql: is_concentrator
  numerator_sql: first_concentration_award_date <= leaving_date + interval 36 month
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 36
  meaning: >-
    Share of high school concentrators who earned a credential in the same sector within 3 years of graduation.
  numerator: >-
    Concentrators with a credential awarded after graduation and within 3 years, in a sector they concentrated in.
  denominator: >-
    High school graduates who completed at least two courses in one pathway; in a sector, in one of its pathways.
  time_rule: graduation date < award date <= graduation date + 3 years.
  exclusions: >-
    Credentials of another sector or of no sector; credentials awarded on or before graduation.
  caveats: >-
    The sector of a program follows the reference table program_sector, a proposal that a state confirms. Counts
    only records that linkage could join: an unlinked college or award record reads as none.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: pathway_completion_rate
  definition_version: 6_years
  metric_name: Pathway completion rate, 6 years
  family: quality
  population: graduate
  is_headline: true
  denominator_sql: is_concentrator
  numerator_sql: first_concentration_award_date <= leaving_date + interval 72 month
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 72
  meaning: >-
    Share of high school concentrators who earned a credential in the same sector within 6 years of graduation.
  numerator: >-
    Concentrators with a credential awarded after graduation and within 6 years, in a sector they concentrated in.
  denominator: >-
    High school graduates who completed at least two courses in one pathway; in a sector, in one of its pathways.
  time_rule: graduation date < award date <= graduation date + 6 years.
  exclusions: >-
    Credentials of another sector or of no sector; credentials awarded on or before graduation.
  caveats: >-
    The sector of a program follows the reference table program_sector, a proposal that a state confirms. Counts
    only records that linkage could join: an unlinked college or award record reads as none.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: credential_attainment_rate
  definition_version: 6_years
  metric_name: Credential attainment rate, 6 years
  family: quality
  population: graduate
  is_headline: true
  numerator_sql: first_award_date <= leaving_date + interval 72 month
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 72
  meaning: Share of high school graduates who earned any postsecondary credential within six years.
  numerator: Graduates with any credential awarded after graduation and within six years.
  denominator: High school graduates with a regular diploma.
  time_rule: graduation date < award date <= graduation date + 6 years.
  exclusions: Credentials awarded on or before graduation.
  caveats: >-
    Industry certifications and apprenticeship journey status count beside college awards. Counts only records
    that linkage could join: an unlinked college or award record reads as none.
  source: Defined for this warehouse
  effective_from: 2014-07-01
{%- endmacro -%}
