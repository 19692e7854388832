{#-
    Stages from ninth grade to a living wage: of those who reached all stages before, who reached this one. In the order
    of a life; metrics.funnel shows them together.
-#}
{%- macro catalogue_journey() -%}
- metric_id: stage_career_education
  definition_version: v1
  metric_name: "Stage 1: took career education"
  catalogue_id: E07
  family: quality
  population: journey
  numerator_sql: high_school_pathway <> 'none'
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of a ninth-grade cohort that completed at least one career education course in high school.
  numerator: Members of the denominator with at least one completed course in a pathway.
  denominator: The ninth-grade cohort by expected graduation year, without those removed from it.
  time_rule: Courses up to the academic year of the last primary enrollment.
  exclusions: As the four-year graduation rate.
  caveats: Courses outside pathways are not reported.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: stage_concentration
  definition_version: v1
  metric_name: "Stage 2: concentrated in a pathway"
  catalogue_id: E07
  family: quality
  population: journey
  denominator_sql: high_school_pathway <> 'none'
  numerator_sql: high_school_pathway in ('concentrator', 'completer')
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  lookback_years: 3
  meaning: Of those who took career education, the share that completed two courses of one pathway.
  numerator: Members of the denominator with at least two completed courses in one pathway.
  denominator: Members of the cohort who reached stage 1.
  time_rule: Courses up to the academic year of the last primary enrollment.
  exclusions: As the four-year graduation rate.
  caveats: Courses outside pathways are not reported.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: stage_graduation
  definition_version: v1
  metric_name: "Stage 3: graduated"
  catalogue_id: E07
  family: quality
  population: journey
  denominator_sql: high_school_pathway in ('concentrator', 'completer')
  numerator_sql: high_school_outcome = 'graduated'
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 12
  lookback_years: 3
  meaning: Of pathway concentrators, the share that earned a regular diploma.
  numerator: Members of the denominator with a regular diploma, whenever earned.
  denominator: Members of the cohort who reached stages 1 and 2.
  time_rule: Any diploma in the accepted records; a year is left for those who need five.
  exclusions: As the four-year graduation rate.
  caveats: Later diplomas than in the fifth year keep arriving and are few.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: stage_college
  definition_version: v1
  metric_name: "Stage 4: enrolled in college"
  catalogue_id: E07
  family: quality
  population: journey
  denominator_sql: >-
    high_school_pathway in ('concentrator', 'completer') and high_school_outcome = 'graduated'
  numerator_sql: first_college <> 'none'
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 24
  meaning: Of concentrators who graduated, the share that enrolled in college within 16 months.
  numerator: >-
    Members of the denominator with a college term, as an ordinary student, that began after high school completion and
    within 16 months of it.
  denominator: Members of the cohort who reached stages 1 to 3.
  time_rule: completion date < term start <= completion date + 16 months.
  exclusions: Terms taken as a special admit.
  caveats: Colleges that do not report to the warehouse are missing, and so are records that linkage could not join.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: stage_credential
  definition_version: v1
  metric_name: "Stage 5: earned a credential"
  catalogue_id: E07
  family: quality
  population: journey
  denominator_sql: >-
    high_school_pathway in ('concentrator', 'completer') and high_school_outcome = 'graduated' and first_college <>
    'none'
  numerator_sql: highest_credential <> 'none'
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 72
  meaning: Of concentrators who graduated and enrolled in college, the share that earned a credential within six years.
  numerator: >-
    Members of the denominator with an award after high school completion, by six years after 30 June of the cohort
    year.
  denominator: Members of the cohort who reached stages 1 to 4.
  time_rule: completion date < award date <= 30 June of the expected graduation year + 6 years.
  exclusions: Awards earned in high school.
  caveats: Industry certifications and apprenticeship journey status count beside college awards.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: stage_living_wage
  definition_version: v1
  metric_name: "Stage 6: attained a living wage"
  catalogue_id: E07
  family: economic
  population: journey
  denominator_sql: >-
    high_school_pathway in ('concentrator', 'completer') and high_school_outcome = 'graduated' and first_college <>
    'none' and highest_credential <> 'none'
  statistic_sql: is_matchable
  numerator_sql: earnings = 'living_wage'
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 78
  meaning: Of those who reached every stage before, the share with a living wage in the seventh year.
  numerator: >-
    Members of the denominator whose wages of October to December, times four, reach the living wage of a single adult
    in the county of their high school.
  denominator: Members of the cohort who reached stages 1 to 5 and can be looked up in wage records.
  time_rule: October to December of the calendar year in which the sixth academic year after the cohort year ends.
  exclusions: People without a Social Security number on any college record.
  caveats: >-
    Wage records leave out the self-employed, federal and military staff and work out of state: who is not found there
    counts as not reached. The living wage is the vintage that the warehouse is set to.
  source: Defined for this warehouse
  effective_from: 2014-07-01
{%- endmacro -%}
