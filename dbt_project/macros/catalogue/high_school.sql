{#- Metrics of students in high school, and of graduates on their way on. What an entry holds is told in catalogue.sql. -#}
{%- macro catalogue_high_school() -%}
- metric_id: cte_participation_rate
  definition_version: annual
  metric_name: CTE participation rate, annual
  catalogue_id: A01
  family: access
  population: student_year
  denominator_sql: lens_type <> 'pathway_sector'
  numerator_sql: is_participant
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 0
  meaning: Share of high school students who completed at least one career technical education course in the year.
  numerator: >-
    Members of the denominator whose pathway records of the academic year add up to at least one completed course.
  denominator: >-
    Persons with a high school enrollment of any status (10, 20 or 30) in the academic year, grades 9 to 12; each
    counts once, at one home school.
  time_rule: Enrollment and course in the same academic year, 1 July to 30 June.
  exclusions: >-
    Not cut by sector: there, every member took part. Courses begun and not completed.
  caveats: >-
    A snapshot of one year: differs from participation over a whole high school career. A student of two schools counts
    at one: the primary spell that began last.
  source: CALPADS; DataVista; LaunchBoard K12 SWP
  source_metric_id: 122KW; KS101
  effective_from: 2010-07-01
- metric_id: cte_participant_count
  definition_version: annual
  metric_name: CTE participants, annual
  catalogue_id: A01
  family: access
  population: student_year
  denominator_sql: is_participant
  statistic: count
  unit: count
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 0
  meaning: Number of high school students who completed at least one career technical education course in the year.
  denominator: >-
    Persons with a high school enrollment of any status in the academic year whose pathway records of that year add up
    to at least one completed course; in a sector, in its pathways.
  time_rule: Enrollment and course in the same academic year, 1 July to 30 June.
  exclusions: Pathway records of persons without an enrollment in the same academic year.
  caveats: >-
    A student counts once in the state and once in every sector, so sectors add up to more. A student of two schools
    counts at one: the primary spell that began last.
  source: CALPADS; DataVista; LaunchBoard K12 SWP
  source_metric_id: 122KW; KS101
  effective_from: 2010-07-01
- metric_id: dual_enrollment_annual_participation_rate
  definition_version: annual
  metric_name: Dual enrollment participation rate, annual
  catalogue_id: A02
  family: access
  population: student_year
  numerator_sql: is_dual_enrolled
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 0
  meaning: Share of high school students who took a college course as a special admit in the year.
  numerator: >-
    Members of the denominator with at least one dual enrollment section in the academic year, at any college, whatever
    the grade.
  denominator: >-
    Persons with a high school enrollment of any status (10, 20 or 30) in the academic year, grades 9 to 12; each
    counts once, at one home school. In a sector, those who completed a course of it in the year.
  time_rule: >-
    Enrollment and section in the same academic year. Colleges and schools both count the summer term with the year
    that follows it, so the summer after grade 12 does not count.
  exclusions: Articulated credit and college courses that no college reports as special admit.
  caveats: >-
    A snapshot of one year, far below the share who ever take part. Counts only records that linkage could join: an
    unlinked college or award record reads as none.
  source: Wheelhouse and PACE dual enrollment briefs; DataVista
  source_metric_id: annual snapshot; 225D family
  effective_from: 2010-07-01
- metric_id: ccap_annual_participation_rate
  definition_version: annual
  metric_name: CCAP participation rate, annual
  catalogue_id: A02
  family: access
  population: student_year
  numerator_sql: is_ccap
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 0
  meaning: >-
    Share of high school students who took a college course under a CCAP partnership as a special admit in the year.
  numerator: >-
    Members of the denominator with at least one dual enrollment section taken under a CCAP partnership in the academic
    year, at any college, whatever the grade.
  denominator: >-
    Persons with a high school enrollment of any status (10, 20 or 30) in the academic year, grades 9 to 12; each
    counts once, at one home school. In a sector, those who completed a course of it in the year.
  time_rule: >-
    Enrollment and section in the same academic year. Colleges and schools both count the summer term with the year
    that follows it, so the summer after grade 12 does not count.
  exclusions: Articulated credit and college courses that no college reports as special admit.
  caveats: >-
    A snapshot of one year, far below the share who ever take part. Counts only records that linkage could join: an
    unlinked college or award record reads as none.
  source: Wheelhouse and PACE dual enrollment briefs; DataVista
  source_metric_id: annual snapshot; 225D family
  effective_from: 2016-01-01
- metric_id: work_based_learning_rate
  catalogue_id: Q06
  family: quality
  population: student_year
  statistic: rate
  unit: rate
  outcome_feed: work_based_learning
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 0
  denominator: >-
    Persons with a high school enrollment of any status (10, 20 or 30) in the academic year, grades 9 to 12; each
    counts once, at one home school. In a sector, those who completed a course of it in the year.
  time_rule: Enrollment and record in the same academic year.
  exclusions: >-
    None by hours: a record counts however short it was.
  source: CALPADS WBLR; Perkins V
  source_metric_id: WBLR
  effective_from: 2014-07-01
  versions:
  - definition_version: any
    metric_name: Work-based learning rate, any type
    numerator_sql: has_work_based_learning
    meaning: Share of high school students with work-based learning in the year, any type.
    numerator: Members of the denominator with a work-based learning record of the academic year of any type.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student. Type 30 is not reported from 2024-25 on.
  - definition_version: internship
    metric_name: Work-based learning rate, internship
    numerator_sql: has_internship
    meaning: Share of high school students with work-based learning in the year, internship.
    numerator: Members of the denominator with a work-based learning record of the academic year of type 10, internship.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student.
  - definition_version: student_led_enterprise
    metric_name: Work-based learning rate, student-led enterprise
    numerator_sql: has_student_led_enterprise
    meaning: Share of high school students with work-based learning in the year, student-led enterprise.
    numerator: >-
      Members of the denominator with a work-based learning record of the academic year of type 15, student-led
      enterprise.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student.
  - definition_version: simulation
    metric_name: Work-based learning rate, simulated work
    numerator_sql: has_simulation
    meaning: Share of high school students with work-based learning in the year, simulated work.
    numerator: >-
      Members of the denominator with a work-based learning record of the academic year of type 20, simulated
      work-based learning.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student.
  - definition_version: pre_apprenticeship
    metric_name: Work-based learning rate, pre-apprenticeship
    numerator_sql: has_pre_apprenticeship
    meaning: Share of high school students with work-based learning in the year, pre-apprenticeship.
    numerator: >-
      Members of the denominator with a work-based learning record of the academic year of type 25 or 30, registered or
      non-registered pre-apprenticeship.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student. Type 30 is not reported from 2024-25 on.
  - definition_version: job_program
    metric_name: Work-based learning rate, job program
    numerator_sql: has_job_program
    meaning: Share of high school students with work-based learning in the year, job program.
    numerator: >-
      Members of the denominator with a work-based learning record of the academic year of type 35, 40, 45 or 50: Job
      Corps, WIOA youth program, YouthBuild or California Conservation Corps.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student.
  - definition_version: transition
    metric_name: Work-based learning rate, transition experience
    numerator_sql: has_transition_experience
    meaning: Share of high school students with work-based learning in the year, transition experience.
    numerator: >-
      Members of the denominator with a work-based learning record of the academic year of type 60 or 65, transition
      work-based or classroom-based experience.
    caveats: >-
      Types 10, 15 and 20 are reported every year, the others only in the year they were completed. The opportunity
      need not belong to the sector of the student.
- metric_id: mean_work_based_learning_hours
  definition_version: reported_hours
  metric_name: Mean hours of work-based learning
  catalogue_id: Q06
  family: quality
  population: student_year
  denominator_sql: has_work_based_learning
  statistic_sql: work_based_learning_hours > 0
  amount_sql: work_based_learning_hours
  statistic: mean
  unit: hours
  outcome_feed: work_based_learning
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 0
  meaning: Mean hours of work-based learning in the year, of students with hours reported.
  denominator: >-
    Persons with a high school enrollment and a work-based learning record in the academic year whose hours, summed
    over all records and types of the year, are above zero.
  time_rule: Enrollment and record in the same academic year.
  exclusions: >-
    Students none of whose records has hours: only types 10, 15 and 20 must have them.
  caveats: Records without hours add nothing to a student who has hours on another.
  source: CALPADS WBLR
  source_metric_id: WBLR
  effective_from: 2014-07-01
- metric_id: cte_concentrator_annual_rate
  catalogue_id: Q03
  family: quality
  population: student_year
  denominator_sql: is_participant
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 3
  meaning: Share of the CTE participants of a year who are concentrators by its end.
  denominator: >-
    Persons with a high school enrollment of any status in the academic year who completed at least one CTE course in
    it; in a sector, one of its courses.
  time_rule: >-
    Courses summed over academic years up to and including the year, within one pathway. The concentration may lie in
    another pathway than the course of the year; in a sector, both lie in the sector.
  exclusions: Concentrators of earlier years who completed no CTE course in the year.
  source: Perkins V; CDE CTE pathway definitions
  source_metric_id: concentrator
  versions:
  - definition_version: perkins_v_first_plan
    metric_name: CTE concentrators among participants of the year, first Perkins V plan
    numerator_sql: is_completer_no_hours
    numerator: >-
      Members of the denominator with at least two courses in one pathway and, in that pathway, a recorded completion
      with a capstone grade of C- or better, by the end of the academic year; in a sector, in one of its pathways.
    caveats: >-
      California made the concentrator equal to the completer in its first Perkins V plan: a sequence with a capstone.
      The Perkins IV concentrator (to 2018-19) rested on a pathway code that the feeds do not hold. Computed for every
      year so that a trend can be read under one rule.
    effective_from: 2019-07-01
    effective_to: 2024-06-30
  - definition_version: perkins_v_2024_plan
    metric_name: CTE concentrators among participants of the year, Perkins V plan of 2024
    numerator_sql: is_concentrator
    numerator: >-
      Members of the denominator with at least two courses completed in one pathway, by the end of the academic year;
      in a sector, in one of its pathways.
    caveats: >-
      The federal text: two courses of one program. The Perkins IV concentrator (to 2018-19) rested on a pathway code
      that the feeds do not hold. Computed for every year so that a trend can be read under one rule.
    effective_from: 2024-07-01
- metric_id: cte_completer_annual_rate
  catalogue_id: Q01
  family: quality
  population: student_year
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 3
  meaning: Share of high school students who completed a career technical education pathway in the year.
  denominator: >-
    Persons with a high school enrollment of any status (10, 20 or 30) in the academic year, grades 9 to 12; each
    counts once, at one home school. In a sector, those who completed a course of it in the year.
  time_rule: Completion recorded in the year; courses and hours summed up to and including it.
  exclusions: Pathways completed in an earlier year. A completion recorded before the second course counts in no year.
  source: CDE CTE pathway definitions; DataVista; LaunchBoard K12 SWP
  source_metric_id: 122K; KS102
  versions:
  - definition_version: v1_300_hours
    metric_name: CTE completers of the year, at least 300 hours
    numerator_sql: is_completed_300_hours
    numerator: >-
      Members of the denominator with a pathway whose completion was recorded in the academic year with a capstone
      grade of C- or better, with at least two courses in the pathway up to and including the year, and at least 300
      hours in the pathway up to and including the year; in a sector, one of its pathways.
    caveats: >-
      Completion is asserted by the district. The hours floor was withdrawn with the 2024-27 Perkins V plan; the first
      academic year without it is not confirmed.
    effective_from: 2019-07-01
    effective_to: 2024-06-30
  - definition_version: v2_no_hours
    metric_name: CTE completers of the year, no hours floor
    numerator_sql: is_completed_no_hours
    numerator: >-
      Members of the denominator with a pathway whose completion was recorded in the academic year with a capstone
      grade of C- or better, with at least two courses in the pathway up to and including the year; in a sector, one of
      its pathways.
    caveats: Completion is asserted by the district. Computed for every year so that a trend can be read under one rule.
    effective_from: 2024-07-01
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
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
    year plus 12 minus the grade.
  time_rule: >-
    Diploma dated on or before 31 August that ends the expected graduation year: summer graduates count.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Special education certificates and equivalency diplomas are not graduates. A sector reports its participants, not
    all who began in it.
  source: California adjusted cohort graduation rate
  source_metric_id: ACGR; Perkins 1S1 among concentrators
  effective_from: 2010-07-01
- metric_id: five_year_graduation_rate
  definition_version: acgr
  metric_name: Five-year graduation rate
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  numerator_sql: graduation_date <= five_year_deadline
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 12
  lookback_years: 3
  meaning: Share of a ninth-grade cohort that earned a regular diploma within five years.
  numerator: >-
    Members of the denominator with a regular diploma (completion status 100) dated on or before 31 August one year
    after the calendar year in which the expected graduation year ends.
  denominator: >-
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
    year plus 12 minus the grade.
  time_rule: Diploma dated on or before 31 August, one year after the four-year deadline.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Special education certificates and equivalency diplomas are not graduates. A sector reports its participants, not
    all who began in it. The cohort is that of the expected year, not joined with the next one as in the combined rate
    of the dashboard.
  source: California adjusted cohort graduation rate
  source_metric_id: five-year ACGR
  effective_from: 2010-07-01
- metric_id: concentrator_graduation_rate
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  numerator_sql: graduation_date <= four_year_deadline
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of the CTE concentrators of a ninth-grade cohort who earned a regular diploma within four years.
  numerator: >-
    Members of the denominator with a regular diploma (completion status 100) dated on or before 31 August of the
    calendar year in which the expected graduation year ends.
  time_rule: >-
    Diploma dated on or before 31 August that follows the expected graduation year: summer graduates count. Courses and
    completion up to the academic year of the last primary enrollment.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Concentrators have stayed long enough to take two courses, so that this exceeds the rate of all by construction.
  source: Perkins V
  source_metric_id: 1S1
  versions:
  - definition_version: perkins_v_first_plan
    metric_name: Four-year graduation rate of CTE concentrators, first Perkins V plan
    denominator_sql: is_completer_no_hours
    denominator: >-
      Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
      year plus 12 minus the grade. Of these, persons with at least two courses in one pathway and, in that pathway, a
      recorded completion with a capstone grade of C- or better; in a sector, in one of its pathways.
    effective_from: 2019-07-01
    effective_to: 2024-06-30
  - definition_version: perkins_v_2024_plan
    metric_name: Four-year graduation rate of CTE concentrators, Perkins V plan of 2024
    denominator_sql: is_concentrator
    denominator: >-
      Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
      year plus 12 minus the grade. Of these, persons with at least two courses completed in one pathway; in a sector,
      in one of its pathways.
    effective_from: 2024-07-01
- metric_id: participant_graduation_rate
  definition_version: acgr
  metric_name: Four-year graduation rate of CTE participants
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  denominator_sql: is_participant
  numerator_sql: graduation_date <= four_year_deadline
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of the CTE participants of a ninth-grade cohort who earned a regular diploma within four years.
  numerator: >-
    Members of the denominator with a regular diploma (completion status 100) dated on or before 31 August of the
    calendar year in which the expected graduation year ends.
  denominator: >-
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
    year plus 12 minus the grade. Of these, persons who completed at least one CTE course; in a sector, one of its
    courses.
  time_rule: >-
    Diploma dated on or before 31 August that follows the expected graduation year: summer graduates count. Courses up
    to the academic year of the last primary enrollment.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Participants have stayed long enough to complete a course, which lifts the rate above that of all by construction.
  source: LaunchBoard K12 SWP; California adjusted cohort graduation rate
  source_metric_id: KS300-304
  effective_from: 2010-07-01
- metric_id: four_year_other_completion_rate
  definition_version: acgr
  metric_name: Completed high school otherwise within four years
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  numerator_sql: completion_date <= four_year_deadline and not coalesce(graduation_date <= four_year_deadline, false)
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of a ninth-grade cohort that completed high school within four years without a regular diploma.
  numerator: >-
    Members of the denominator without a regular diploma (status 100) by the deadline, and with an adult education
    diploma (250), proficiency examination (320), GED or HiSET (330) dated on or before it.
  denominator: >-
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
    year plus 12 minus the grade.
  time_rule: >-
    Deadline: 31 August that follows the expected graduation year.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Special education certificates are no completion and count here as none. Graduated, completed otherwise,
    certificate, still enrolled and left add up to the cohort.
  source: California cohort outcome data
  source_metric_id: other completers
  effective_from: 2010-07-01
- metric_id: four_year_still_enrolled_rate
  definition_version: acgr
  metric_name: Still enrolled after four years
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  numerator_sql: final_academic_year > cohort_year and not has_finished_in_four_years
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 12
  lookback_years: 3
  meaning: Share of a ninth-grade cohort that neither finished high school within four years nor left it.
  numerator: >-
    Members of the denominator with none of the completion statuses 100, 120, 250, 320 and 330 dated on or before the
    deadline, and with a primary enrollment in an academic year after the expected graduation year.
  denominator: >-
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
    year plus 12 minus the grade.
  time_rule: >-
    Deadline: 31 August that follows the expected graduation year. A primary enrollment in any later academic year
    counts, the fifth or another.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Students who come back after a year away count as still enrolled. Graduated, completed otherwise, certificate,
    still enrolled and left add up to the cohort.
  source: California cohort outcome data
  source_metric_id: still enrolled
  effective_from: 2010-07-01
- metric_id: four_year_left_rate
  definition_version: acgr
  metric_name: Left high school without completing
  catalogue_id: Q04
  family: quality
  population: ninth_grade_cohort
  is_favorable: false
  numerator_sql: final_academic_year <= cohort_year and not has_finished_in_four_years
  statistic: rate
  unit: rate
  outcome_feed: k12_enrollment
  follow_up_months: 12
  lookback_years: 3
  meaning: Share of a ninth-grade cohort that was gone after four years without having finished high school.
  numerator: >-
    Members of the denominator with none of the completion statuses 100, 120, 250, 320 and 330 dated on or before the
    deadline, and with no primary enrollment in an academic year after the expected graduation year.
  denominator: >-
    Persons with a primary enrollment (status 10), in the cohort their first primary enrollment implies: its academic
    year plus 12 minus the grade.
  time_rule: >-
    Deadline: 31 August that follows the expected graduation year.
  exclusions: >-
    Removed when the last primary enrollment ended with death, a transfer to a private school, out of state, out of the
    country or to home school, or to an institution with a diploma program.
  caveats: >-
    Wider than the dropout rate of the state, which leaves out transfers that it can follow: whoever is not seen again
    counts here. A high value is bad. Graduated, completed otherwise, certificate, still enrolled and left add up to
    the cohort.
  source: California cohort outcome data
  source_metric_id: dropout
  effective_from: 2010-07-01
- metric_id: college_going_rate
  family: quality
  population: completer
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  denominator: >-
    High school completers: regular diploma, adult education diploma, proficiency examination, GED or HiSET.
  exclusions: Special education certificates; terms taken as a special admit.
  source: CDE college-going rate
  effective_from: 2014-07-01
  versions:
  - definition_version: 12_months
    metric_name: College-going rate, 12 months
    catalogue_id: T01
    is_headline: true
    numerator_sql: first_term_start_date <= leaving_date + interval 12 month
    follow_up_months: 12
    meaning: Share of high school completers who enrolled in college within a year.
    numerator: >-
      Completers with a college term, as an ordinary student, that began after the completion date and within 12 months
      of it.
    time_rule: completion date < term start <= completion date + 12 months.
    caveats: >-
      Colleges that do not report to the warehouse are missing. Counts only records that linkage could join: an
      unlinked college or award record reads as none.
    source_metric_id: CGR 12 months
  - definition_version: 12_months_community_college
    metric_name: College-going rate, 12 months, community college
    catalogue_id: T01
    numerator_sql: >-
      first_term_start_date <= leaving_date + interval 12 month and first_college_type_code = 'COMMUNITY_COLLEGE'
    follow_up_months: 12
    lookback_years: 0
    meaning: Share of high school completers who enrolled in college within 12 months, first at a community college.
    numerator: >-
      Completers with a college term, as an ordinary student, that began after the completion date and within 12 months
      of it, and whose first college after leaving is a community college (institution type in the registry).
    time_rule: >-
      completion date < term start <= completion date + 12 months. The first college after leaving is that of the
      earliest term, as an ordinary student, that began after the completion date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      Community college and university add up to the rate of any college, except for colleges that the registry does
      not know. Colleges that do not report to the warehouse are missing. Counts only records that linkage could join:
      an unlinked college or award record reads as none.
    source_metric_id: CGR 12 months
  - definition_version: 12_months_university
    metric_name: College-going rate, 12 months, university
    catalogue_id: T01
    numerator_sql: first_term_start_date <= leaving_date + interval 12 month and first_college_type_code = 'UNIVERSITY'
    follow_up_months: 12
    lookback_years: 0
    meaning: Share of high school completers who enrolled in college within 12 months, first at a university.
    numerator: >-
      Completers with a college term, as an ordinary student, that began after the completion date and within 12 months
      of it, and whose first college after leaving is a university (institution type in the registry).
    time_rule: >-
      completion date < term start <= completion date + 12 months. The first college after leaving is that of the
      earliest term, as an ordinary student, that began after the completion date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      Community college and university add up to the rate of any college, except for colleges that the registry does
      not know. Colleges that do not report to the warehouse are missing. Counts only records that linkage could join:
      an unlinked college or award record reads as none.
    source_metric_id: CGR 12 months
  - definition_version: 16_months
    metric_name: College-going rate, 16 months
    catalogue_id: T02
    numerator_sql: first_term_start_date <= leaving_date + interval 16 month
    follow_up_months: 16
    lookback_years: 0
    meaning: Share of high school completers who enrolled in college within 16 months.
    numerator: >-
      Completers with a college term, as an ordinary student, that began after the completion date and within 16 months
      of it.
    time_rule: completion date < term start <= completion date + 16 months.
    caveats: >-
      Colleges that do not report to the warehouse are missing. Counts only records that linkage could join: an
      unlinked college or award record reads as none.
    source_metric_id: CGR 16 months
  - definition_version: 16_months_community_college
    metric_name: College-going rate, 16 months, community college
    catalogue_id: T02
    numerator_sql: >-
      first_term_start_date <= leaving_date + interval 16 month and first_college_type_code = 'COMMUNITY_COLLEGE'
    follow_up_months: 16
    lookback_years: 0
    meaning: Share of high school completers who enrolled in college within 16 months, first at a community college.
    numerator: >-
      Completers with a college term, as an ordinary student, that began after the completion date and within 16 months
      of it, and whose first college after leaving is a community college (institution type in the registry).
    time_rule: >-
      completion date < term start <= completion date + 16 months. The first college after leaving is that of the
      earliest term, as an ordinary student, that began after the completion date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      Community college and university add up to the rate of any college, except for colleges that the registry does
      not know. Colleges that do not report to the warehouse are missing. Counts only records that linkage could join:
      an unlinked college or award record reads as none.
    source_metric_id: CGR 16 months
  - definition_version: 16_months_university
    metric_name: College-going rate, 16 months, university
    catalogue_id: T02
    numerator_sql: first_term_start_date <= leaving_date + interval 16 month and first_college_type_code = 'UNIVERSITY'
    follow_up_months: 16
    lookback_years: 0
    meaning: Share of high school completers who enrolled in college within 16 months, first at a university.
    numerator: >-
      Completers with a college term, as an ordinary student, that began after the completion date and within 16 months
      of it, and whose first college after leaving is a university (institution type in the registry).
    time_rule: >-
      completion date < term start <= completion date + 16 months. The first college after leaving is that of the
      earliest term, as an ordinary student, that began after the completion date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      Community college and university add up to the rate of any college, except for colleges that the registry does
      not know. Colleges that do not report to the warehouse are missing. Counts only records that linkage could join:
      an unlinked college or award record reads as none.
    source_metric_id: CGR 16 months
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
    Differs sharply from an annual snapshot of all pupils. Counts only records that linkage could join: an unlinked
    college or award record reads as none.
  source: Wheelhouse and PACE dual enrollment briefs
  source_metric_id: ever in four years
  effective_from: 2010-07-01
- metric_id: cte_completion_rate
  catalogue_id: Q01
  family: quality
  population: graduate
  is_headline: true
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of high school graduates who completed a career technical education pathway.
  denominator: >-
    High school graduates with a regular diploma; in a sector, graduates who completed at least one course in it.
  time_rule: Courses, hours and completion summed over academic years up to the graduation year.
  exclusions: Completers without a regular diploma.
  source: CDE CTE pathway definitions; DataVista
  source_metric_id: 122K; KS102
  versions:
  - definition_version: v1_300_hours
    metric_name: CTE completion rate, at least 300 hours
    numerator_sql: is_completer_300_hours
    numerator: >-
      Graduates with a completed pathway: at least two courses in the pathway, a recorded completion with a capstone
      grade of C- or better, and at least 300 hours.
    caveats: >-
      The 300-hour floor was withdrawn with the 2024-27 Perkins V plan; the first academic year without it is not
      confirmed. Completion is asserted by the district.
    effective_from: 2019-07-01
    effective_to: 2024-06-30
  - definition_version: v2_no_hours
    metric_name: CTE completion rate, no hours floor
    numerator_sql: is_completer_no_hours
    numerator: >-
      Graduates with a completed pathway: at least two courses in the pathway and a recorded completion with a capstone
      grade of C- or better.
    caveats: >-
      Computed for every cohort so that a trend can be read under one rule. Completion is asserted by the district.
    effective_from: 2024-07-01
- metric_id: completer_added_preparation_rate
  catalogue_id: Q02
  family: quality
  population: graduate
  denominator_sql: is_completer_no_hours
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_months: 0
  lookback_years: 3
  denominator: >-
    Graduates with a completed pathway: at least two courses in the pathway and a recorded completion with a capstone
    grade of C- or better, up to the graduation year; in a sector, in one of its pathways.
  time_rule: >-
    Academic years up to and including the graduation year. Passed: grade A+ to C- or P.
  exclusions: Completers without a regular diploma. No hours floor.
  caveats: >-
    The credit, experience or certification may be of any sector. Certifications are reported by districts and
    certifying bodies and are known to be incomplete. Counts only records that linkage could join: an unlinked college
    or award record reads as none.
  source: LaunchBoard K12 SWP
  source_metric_id: KS105
  effective_from: 2014-07-01
  versions:
  - definition_version: any
    metric_name: CTE completers with any of the three
    numerator_sql: has_early_college_credit or has_work_based_learning or has_industry_certification
    confirming_feed: dual_enrollment
    meaning: >-
      Share of graduates who completed a pathway and also had early college credit, work-based learning or a
      certification.
    numerator: >-
      Members of the denominator with at least one of: early college credit, work-based learning, industry
      certification. Early college credit: a passed credit section (status C or D) of dual enrollment in an academic
      year up to the graduation year. Work-based learning: a record of any type in such a year. Certification: an
      industry certification named on a pathway record of such a year, or a credential of type IC awarded on or before
      the graduation date.
  - definition_version: early_college_credit
    metric_name: CTE completers with early college credit
    numerator_sql: has_early_college_credit
    confirming_feed: dual_enrollment
    meaning: Share of graduates who completed a pathway and also had early college credit.
    numerator: >-
      Members of the denominator with early college credit. Early college credit: a passed credit section (status C or
      D) of dual enrollment in an academic year up to the graduation year. Work-based learning: a record of any type in
      such a year. Certification: an industry certification named on a pathway record of such a year, or a credential
      of type IC awarded on or before the graduation date.
  - definition_version: work_based_learning
    metric_name: CTE completers with work-based learning
    numerator_sql: has_work_based_learning
    confirming_feed: work_based_learning
    meaning: Share of graduates who completed a pathway and also had work-based learning.
    numerator: >-
      Members of the denominator with work-based learning. Early college credit: a passed credit section (status C or
      D) of dual enrollment in an academic year up to the graduation year. Work-based learning: a record of any type in
      such a year. Certification: an industry certification named on a pathway record of such a year, or a credential
      of type IC awarded on or before the graduation date.
  - definition_version: certification
    metric_name: CTE completers with third-party certification
    numerator_sql: has_industry_certification
    confirming_feed: credential
    meaning: Share of graduates who completed a pathway and also had an industry certification.
    numerator: >-
      Members of the denominator with an industry certification. Early college credit: a passed credit section (status
      C or D) of dual enrollment in an academic year up to the graduation year. Work-based learning: a record of any
      type in such a year. Certification: an industry certification named on a pathway record of such a year, or a
      credential of type IC awarded on or before the graduation date.
- metric_id: cte_concentration_rate
  catalogue_id: Q03
  family: quality
  population: graduate
  denominator_sql: is_participant
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of graduates with a CTE course who became concentrators.
  denominator: Graduates who completed at least one CTE course; in a sector, one of its courses.
  time_rule: Courses and completion summed over academic years up to the graduation year.
  exclusions: Completers without a regular diploma.
  caveats: Two courses of different pathways are no concentration.
  source: K12 SWP; Perkins V
  source_metric_id: 2+ courses; concentrator
  versions:
  - definition_version: perkins_v_first_plan
    metric_name: CTE concentrators among participating graduates, first Perkins V plan
    numerator_sql: is_completer_no_hours
    numerator: >-
      Members of the denominator with at least two courses in one pathway and, in that pathway, a recorded completion
      with a capstone grade of C- or better; in a sector, in one of its pathways.
    effective_from: 2019-07-01
    effective_to: 2024-06-30
  - definition_version: perkins_v_2024_plan
    metric_name: CTE concentrators among participating graduates, Perkins V plan of 2024
    numerator_sql: is_concentrator
    numerator: >-
      Members of the denominator with at least two courses completed in one pathway; in a sector, in one of its
      pathways.
    effective_from: 2024-07-01
- metric_id: college_career_prepared_rate
  definition_version: college_credit_criteria
  metric_name: >-
    College/Career Indicator: prepared by college credit
  catalogue_id: Q05
  family: quality
  population: graduate
  numerator_sql: credit_courses_passed >= 2 or has_pathway_and_college_credit
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  confirming_feed: k12_pathway
  confirming_months: 0
  lookback_years: 3
  meaning: Share of graduates prepared by the two criteria of the indicator that rest on college credit.
  numerator: >-
    Graduates who (1) passed at least two credit sections (status C or D) of dual enrollment in academic years up to
    the graduation year, or (2) passed at least one and completed a pathway in such a year: completion recorded with a
    capstone grade of C- or better and at least two courses in the pathway up to and including the year of completion.
    For (2), a section does not count for a pathway completed in the same academic year in the same sector, the sector
    of a section being that of the first four digits of its TOP code.
  denominator: High school graduates with a regular diploma.
  time_rule: >-
    Academic years up to and including the graduation year. Passed: grade A+ to C- or P.
  exclusions: Completers without a regular diploma.
  caveats: >-
    Not the whole indicator. The feeds lack Smarter Balanced scores, a-g completion, Advanced Placement and
    International Baccalaureate scores, military science and the State Seal of Biliteracy; other criteria are left out
    with them. The dashboard divides by the combined four- and five-year cohort, here by graduates. One section stands
    for one semester of credit. The rule on the same year asks for another pathway; here another sector, as courses of
    a college have no pathway code. Person by person: in a sector, credit and pathway may be of any sector.
  source: CDE College/Career Indicator
  source_metric_id: CCI, college credit criteria
  effective_from: 2017-07-01
- metric_id: concentrator_credential_rate
  definition_version: perkins_v
  metric_name: Graduating concentrators with a recognized credential
  catalogue_id: Q08
  family: quality
  population: graduate
  denominator_sql: is_concentrator
  numerator_sql: has_credential
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: credential
  confirming_months: 0
  lookback_years: 3
  meaning: Share of graduating CTE concentrators who left with a recognized credential.
  numerator: >-
    Members of the denominator with a recognized credential: a credential of any kind awarded on or before the
    graduation date, or an industry certification named on a pathway record of an academic year up to the graduation
    year.
  denominator: >-
    High school graduates who completed at least two courses in one pathway up to the graduation year; in a sector, in
    one of its pathways.
  time_rule: Up to the graduation.
  exclusions: Completers without a regular diploma.
  caveats: >-
    The credential may be of any sector. A state picks one or more of 5S1, 5S2 and 5S3; which one California picked is
    not confirmed. Counts only records that linkage could join: an unlinked college or award record reads as none.
  source: Perkins V
  source_metric_id: 5S1
  effective_from: 2019-07-01
- metric_id: concentrator_postsecondary_credit_rate
  definition_version: perkins_v
  metric_name: Graduating concentrators with postsecondary credit
  catalogue_id: Q08
  family: quality
  population: graduate
  denominator_sql: is_concentrator
  numerator_sql: has_credit_in_concentration
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: dual_enrollment
  confirming_months: 0
  lookback_years: 3
  meaning: Share of graduating CTE concentrators who left with postsecondary credit.
  numerator: >-
    Members of the denominator with a passed credit section (status C or D) of dual enrollment, in an academic year up
    to the graduation year, in a sector they concentrated in (first four digits of the TOP code); in a sector, in that
    sector.
  denominator: >-
    High school graduates who completed at least two courses in one pathway up to the graduation year; in a sector, in
    one of its pathways.
  time_rule: >-
    Up to the graduation. Passed: grade A+ to C- or P.
  exclusions: Completers without a regular diploma.
  caveats: >-
    The program is told by the sector, as courses of a college have no pathway code. A state picks one or more of 5S1,
    5S2 and 5S3; which one California picked is not confirmed. Counts only records that linkage could join: an unlinked
    college or award record reads as none.
  source: Perkins V
  source_metric_id: 5S2
  effective_from: 2019-07-01
- metric_id: concentrator_work_based_learning_rate
  definition_version: perkins_v
  metric_name: Graduating concentrators with work-based learning
  catalogue_id: Q08
  family: quality
  population: graduate
  denominator_sql: is_concentrator
  numerator_sql: has_work_based_learning
  statistic: rate
  unit: rate
  outcome_feed: k12_pathway
  follow_up_months: 0
  confirming_feed: work_based_learning
  confirming_months: 0
  lookback_years: 3
  meaning: Share of graduating CTE concentrators who left with work-based learning.
  numerator: >-
    Members of the denominator with a work-based learning record of any type in an academic year up to the graduation
    year.
  denominator: >-
    High school graduates who completed at least two courses in one pathway up to the graduation year; in a sector, in
    one of its pathways.
  time_rule: Up to the graduation.
  exclusions: Completers without a regular diploma.
  caveats: >-
    The opportunity may be of any sector. A state picks one or more of 5S1, 5S2 and 5S3; which one California picked is
    not confirmed. Counts only records that linkage could join: an unlinked college or award record reads as none.
  source: Perkins V
  source_metric_id: 5S3
  effective_from: 2019-07-01
- metric_id: immediate_college_enrollment_rate
  definition_version: by_31_october
  metric_name: Immediate college enrollment, by 31 October
  catalogue_id: T03
  family: quality
  population: graduate
  numerator_sql: first_term_start_date <= october_31_date
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 6
  lookback_years: 0
  meaning: Share of high school graduates who enrolled in college by the end of October.
  numerator: >-
    Graduates with a college term, as an ordinary student, that began after the graduation date and on or before 31
    October of the calendar year in which the graduation year ends.
  denominator: High school graduates with a regular diploma.
  time_rule: graduation date < term start <= 31 October.
  exclusions: >-
    Terms taken as a special admit, the summer after grade 12 included. Completers without a regular diploma.
  caveats: >-
    Colleges that do not report to the warehouse are missing. Counts only records that linkage could join: an unlinked
    college or award record reads as none.
  source: Education-to-Workforce framework; CEDS Connections
  source_metric_id: 30903
  effective_from: 2014-07-01
- metric_id: college_enrollment_window_rate
  catalogue_id: T04
  family: quality
  population: graduate
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  lookback_years: 0
  denominator: High school graduates with a regular diploma.
  exclusions: Terms taken as a special admit. Completers without a regular diploma.
  caveats: >-
    A term that began before graduation counts when it reaches into the window. Colleges that do not report to the
    warehouse are missing. Counts only records that linkage could join: an unlinked college or award record reads as
    none.
  source: NSC StudentTracker
  effective_from: 2014-07-01
  versions:
  - definition_version: first_fall
    metric_name: College enrollment, first fall window
    numerator_sql: first_autumn_term_start_date <= october_31_date
    follow_up_months: 6
    meaning: Share of high school graduates enrolled in college in the first fall after graduation.
    numerator: >-
      Graduates with a college term, as an ordinary student, of which at least one day lies between 15 August of the
      calendar year in which the graduation year ends and 31 October of the same year.
    time_rule: >-
      term end >= 15 August and term start <= 31 October of the same year: overlap counts, not the start date. Term
      days are those of the reference table term_season.
    source_metric_id: first fall
  - definition_version: first_year
    metric_name: College enrollment, first year window
    numerator_sql: first_autumn_term_start_date < august_15_date + interval 12 month
    follow_up_months: 14
    meaning: Share of high school graduates enrolled in college in the first year after graduation.
    numerator: >-
      Graduates with a college term, as an ordinary student, of which at least one day lies between 15 August of the
      calendar year in which the graduation year ends and 14 August of the next year.
    time_rule: >-
      term end >= 15 August and term start <= 14 August of the next year: overlap counts, not the start date. Term days
      are those of the reference table term_season.
    source_metric_id: first year
- metric_id: cte_to_community_college_rate
  definition_version: 12_months
  metric_name: CTE students who enrolled at a community college within a year
  catalogue_id: T05
  family: quality
  population: graduate
  denominator_sql: is_participant
  numerator_sql: first_community_college_term_start_date <= leaving_date + interval 12 month
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 12
  lookback_years: 0
  meaning: Share of graduates with a CTE course who enrolled at a community college within a year.
  numerator: >-
    Members of the denominator with a term at a community college (institution type in the registry), as an ordinary
    student, that began after the graduation date and within 12 months of it.
  denominator: >-
    High school graduates who completed at least one CTE course up to the graduation year; in a sector, one of its
    courses.
  time_rule: >-
    graduation date < term start <= graduation date + 12 months. A term at a university beforehand or at the same time
    does not matter.
  exclusions: >-
    Terms taken as a special admit, the summer after grade 12 included. Students who left without a regular diploma.
  caveats: >-
    Credit and noncredit enrollment cannot be told apart. Colleges that do not report to the warehouse are missing.
    Counts only records that linkage could join: an unlinked college or award record reads as none.
  source: LaunchBoard K12 SWP
  source_metric_id: K12 CTE to CCC
  effective_from: 2014-07-01
- metric_id: first_year_cte_units_rate
  definition_version: 9_units
  metric_name: 9 or more CTE units in the first community college year
  catalogue_id: T06
  family: quality
  population: graduate
  denominator_sql: is_participant and first_community_college_term_start_date <= leaving_date + interval 12 month
  numerator_sql: first_community_college_year_cte_units >= 9
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 24
  lookback_years: 0
  meaning: >-
    Share of CTE graduates at a community college who earned nine or more career education units in their first year
    there.
  numerator: >-
    Members of the denominator whose units earned at community colleges add up to at least 9, over terms as an ordinary
    student that began after the graduation date, lie in the academic year of the first such term, and carry a program
    whose TOP code (first four digits) belongs to a CTE sector.
  denominator: >-
    High school graduates who completed at least one CTE course up to the graduation year (in a sector, one of its
    courses), with a term at a community college, as an ordinary student, that began after the graduation date and
    within 12 months of it.
  time_rule: The academic year, summer to spring, of the first community college term after graduation.
  exclusions: >-
    Terms taken as a special admit, the summer after grade 12 included. Terms without a program or with a program of no
    CTE sector.
  caveats: >-
    The feed holds units by term, not by course: all units of a term under a CTE program count. Units are taken as
    semester units, as the feed does not say which colleges count quarter units. Colleges that do not report to the
    warehouse are missing. Counts only records that linkage could join: an unlinked college or award record reads as
    none.
  source: LaunchBoard K12 SWP
  source_metric_id: 9+ CTE units in the first year
  effective_from: 2014-07-01
- metric_id: dual_enrollment_matriculation_rate
  catalogue_id: T07
  family: quality
  population: graduate
  denominator_sql: was_dual_enrolled
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 12
  denominator: High school graduates with any dual enrollment record up to the graduation year.
  exclusions: Terms taken as a special admit, the summer after grade 12 included.
  source: DataVista dual enrollment cohort; PPIC
  source_metric_id: 225D at one year
  effective_from: 2014-07-01
  versions:
  - definition_version: 12_months
    metric_name: Dual enrollment matriculation rate, 12 months
    is_headline: true
    numerator_sql: first_term_start_date <= leaving_date + interval 12 month
    meaning: Share of graduates with dual enrollment who enrolled in college within a year.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, that began after the graduation date and
      within 12 months of it.
    time_rule: graduation date < term start <= graduation date + 12 months.
    caveats: >-
      Counts only records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 12_months_same_college
    metric_name: Dual enrollment matriculation rate, 12 months, same college
    numerator_sql: first_term_start_date <= leaving_date + interval 12 month and was_dual_enrolled_at_first_college
    lookback_years: 0
    meaning: Share of graduates with dual enrollment who enrolled in college within a year, first at the same college.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, that began after the graduation date and
      within 12 months of it, whose first college after graduation is a college at which they took dual enrollment in
      an academic year up to the graduation year.
    time_rule: >-
      graduation date < term start <= graduation date + 12 months. The first college after graduation is that of the
      earliest term, as an ordinary student, that began after the graduation date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      The three versions add up to the rate of any college, except for colleges that the registry does not know. Counts
      only records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 12_months_other_community_college
    metric_name: Dual enrollment matriculation rate, 12 months, other community college
    numerator_sql: >-
      first_term_start_date <= leaving_date + interval 12 month and first_college_type_code = 'COMMUNITY_COLLEGE' and
      not was_dual_enrolled_at_first_college
    lookback_years: 0
    meaning: >-
      Share of graduates with dual enrollment who enrolled in college within a year, first at another community
      college.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, that began after the graduation date and
      within 12 months of it, whose first college after graduation is a community college (institution type in the
      registry) at which they took no dual enrollment in an academic year up to the graduation year.
    time_rule: >-
      graduation date < term start <= graduation date + 12 months. The first college after graduation is that of the
      earliest term, as an ordinary student, that began after the graduation date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      The three versions add up to the rate of any college, except for colleges that the registry does not know. Counts
      only records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 12_months_university
    metric_name: Dual enrollment matriculation rate, 12 months, university
    numerator_sql: >-
      first_term_start_date <= leaving_date + interval 12 month and first_college_type_code = 'UNIVERSITY' and not
      was_dual_enrolled_at_first_college
    lookback_years: 0
    meaning: Share of graduates with dual enrollment who enrolled in college within a year, first at a university.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, that began after the graduation date and
      within 12 months of it, whose first college after graduation is a university (institution type in the registry)
      at which they took no dual enrollment in an academic year up to the graduation year.
    time_rule: >-
      graduation date < term start <= graduation date + 12 months. The first college after graduation is that of the
      earliest term, as an ordinary student, that began after the graduation date; of terms that began on the same day,
      a university before any other college, then the lower institution id.
    caveats: >-
      The three versions add up to the rate of any college, except for colleges that the registry does not know. Counts
      only records that linkage could join: an unlinked college or award record reads as none.
- metric_id: pathway_completion_rate
  family: quality
  population: graduate
  is_headline: true
  denominator_sql: is_concentrator
  statistic: rate
  unit: rate
  outcome_feed: credential
  denominator: >-
    High school graduates who completed at least two courses in one pathway; in a sector, in one of its pathways.
  exclusions: >-
    Credentials of another sector or of no sector; credentials awarded on or before graduation.
  caveats: >-
    The sector of a program follows the reference table program_sector, a proposal that a state confirms. Counts only
    records that linkage could join: an unlinked college or award record reads as none.
  source: Defined for this warehouse
  effective_from: 2014-07-01
  versions:
  - definition_version: 3_years
    metric_name: Pathway completion rate, 3 years
    numerator_sql: first_concentration_award_date <= leaving_date + interval 36 month
    follow_up_months: 36
    meaning: >-
      Share of high school concentrators who earned a credential in the same sector within 3 years of graduation.
    numerator: >-
      Concentrators with a credential awarded after graduation and within 3 years, in a sector they concentrated in.
    time_rule: graduation date < award date <= graduation date + 3 years.
  - definition_version: 6_years
    metric_name: Pathway completion rate, 6 years
    numerator_sql: first_concentration_award_date <= leaving_date + interval 72 month
    follow_up_months: 72
    meaning: >-
      Share of high school concentrators who earned a credential in the same sector within 6 years of graduation.
    numerator: >-
      Concentrators with a credential awarded after graduation and within 6 years, in a sector they concentrated in.
    time_rule: graduation date < award date <= graduation date + 6 years.
- metric_id: credential_attainment_rate
  family: quality
  population: graduate
  statistic: rate
  unit: rate
  outcome_feed: credential
  denominator: High school graduates with a regular diploma.
  exclusions: Credentials awarded on or before graduation.
  caveats: >-
    Industry certifications and apprenticeship journey status count beside college awards. Counts only records that
    linkage could join: an unlinked college or award record reads as none.
  source: Defined for this warehouse
  effective_from: 2014-07-01
  versions:
  - definition_version: 3_years
    metric_name: Credential attainment rate, 3 years
    numerator_sql: first_award_date <= leaving_date + interval 36 month
    follow_up_months: 36
    meaning: Share of high school graduates who earned any postsecondary credential within three years.
    numerator: Graduates with any credential awarded after graduation and within three years.
    time_rule: graduation date < award date <= graduation date + 3 years.
  - definition_version: 6_years
    metric_name: Credential attainment rate, 6 years
    is_headline: true
    numerator_sql: first_award_date <= leaving_date + interval 72 month
    follow_up_months: 72
    meaning: Share of high school graduates who earned any postsecondary credential within six years.
    numerator: Graduates with any credential awarded after graduation and within six years.
    time_rule: graduation date < award date <= graduation date + 6 years.
  - definition_version: 8_years
    metric_name: Credential attainment rate, 8 years
    numerator_sql: first_award_date <= leaving_date + interval 96 month
    follow_up_months: 96
    meaning: Share of high school graduates who earned any postsecondary credential within eight years.
    numerator: Graduates with any credential awarded after graduation and within eight years.
    time_rule: graduation date < award date <= graduation date + 8 years.
- metric_id: degree_attainment_rate
  catalogue_id: T17
  family: quality
  population: graduate
  statistic: rate
  unit: rate
  outcome_feed: credential
  lookback_years: 0
  denominator: High school graduates with a regular diploma.
  exclusions: Degrees awarded on or before graduation. Graduates with such a degree stay in the denominator.
  caveats: >-
    Colleges that do not report to the warehouse are missing. Counts only records that linkage could join: an unlinked
    college or award record reads as none.
  source: SDP workforce pathways guide, section 1
  source_metric_id: highest credential by year
  effective_from: 2014-07-01
  versions:
  {%- for years in [4, 6, 8, 10] %}
  - definition_version: {{ years }}_years
    metric_name: Associate degree or higher within {{ years }} years
    numerator_sql: first_degree_date <= leaving_date + interval {{ 12 * years }} month
    follow_up_months: {{ 12 * years }}
    meaning: Share of high school graduates with an associate degree or higher {{ years }} years on.
    numerator: >-
      Graduates with an associate or a bachelor's degree (award types A, S, Y, Z and B) awarded after graduation and
      within {{ years }} years.
    time_rule: graduation date < award date <= graduation date + {{ years }} years.
  {%- endfor %}
- metric_id: bachelor_attainment_rate
  catalogue_id: T17
  family: quality
  population: graduate
  statistic: rate
  unit: rate
  outcome_feed: credential
  lookback_years: 0
  denominator: High school graduates with a regular diploma.
  exclusions: Degrees awarded on or before graduation. Graduates with such a degree stay in the denominator.
  caveats: >-
    Colleges that do not report to the warehouse are missing. Counts only records that linkage could join: an unlinked
    college or award record reads as none.
  source: SDP workforce pathways guide, section 1
  source_metric_id: highest credential by year
  effective_from: 2014-07-01
  versions:
  {%- for years in [4, 6, 8, 10] %}
  - definition_version: {{ years }}_years
    metric_name: Bachelor's degree within {{ years }} years
    numerator_sql: first_bachelor_date <= leaving_date + interval {{ 12 * years }} month
    follow_up_months: {{ 12 * years }}
    meaning: Share of high school graduates with a bachelor's degree {{ years }} years on.
    numerator: >-
      Graduates with a bachelor's degree (award types Y, Z and B) awarded after graduation and within {{ years }} years.
    time_rule: graduation date < award date <= graduation date + {{ years }} years.
  {%- endfor %}
- metric_id: secondary_placement_rate
  catalogue_id: T18s
  family: quality
  population: graduate
  denominator_sql: is_concentrator
  numerator_sql: was_enrolled_second_quarter or second_quarter_wages_usd > 0
  statistic: rate
  unit: rate
  lookback_years: 0
  meaning: >-
    Share of graduating CTE concentrators enrolled in college or employed in the second quarter after graduation.
  numerator: >-
    Members of the denominator who were enrolled or employed in the second quarter after graduation. Enrolled: a
    college term, as an ordinary student, of which at least one day lies in the quarter. Employed: matchable, with
    wages above zero in the quarter.
  time_rule: Calendar quarter of the graduation date + 2. Term days are those of the reference table term_season.
  source: Perkins V
  source_metric_id: 3S1
  effective_from: 2019-07-01
  versions:
  - definition_version: all_concentrators
    metric_name: Placement in the second quarter after high school, of all concentrators
    outcome_feed: college_enrollment
    follow_up_months: 12
    confirming_feed: wage
    confirming_months: 6
    denominator: >-
      High school graduates who completed at least two courses in one pathway up to the graduation year; in a sector,
      in one of its pathways.
    exclusions: >-
      Concentrators who left without a regular diploma. None for want of a Social Security number: who has none and is
      not enrolled counts as not placed.
    caveats: >-
      Placed by enrollment or by wages, so that it has no coverage counts of wages: see the other version. Advanced
      training, military service and national service are not in the feeds. California asks schools instead of wage
      records; the numbers differ. Wage records leave out the self-employed, federal and military staff and work out of
      state: not found is not unemployed. Matchable: a Social Security number on any dual enrollment, college or award
      record, so that a graduate who never met a college cannot be found in wages.
  - definition_version: matchable
    metric_name: Placement in the second quarter after high school, of matchable concentrators
    statistic_sql: is_matchable
    outcome_feed: wage
    follow_up_months: 6
    confirming_feed: college_enrollment
    confirming_months: 12
    denominator: >-
      High school graduates who completed at least two courses in one pathway up to the graduation year; in a sector,
      in one of its pathways, and who are matchable.
    exclusions: Concentrators who left without a regular diploma. Concentrators who are not matchable, enrolled or not.
    caveats: >-
      Advanced training, military service and national service are not in the feeds. California asks schools instead of
      wage records; the numbers differ. Wage records leave out the self-employed, federal and military staff and work
      out of state: not found is not unemployed. Matchable: a Social Security number on any dual enrollment, college or
      award record, so that a graduate who never met a college cannot be found in wages.
- metric_id: graduate_employed_second_quarter_rate
  definition_version: calendar_quarter
  metric_name: Graduates employed in the second quarter after high school
  catalogue_id: T18s
  family: economic
  population: graduate
  statistic_sql: is_matchable
  numerator_sql: second_quarter_wages_usd > 0
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of matchable graduates found in wage records two quarters after graduation.
  numerator: >-
    Members of the denominator with wages above zero, over all employers, in the second quarter after graduation.
  denominator: Matchable high school graduates with a regular diploma.
  time_rule: Calendar quarter of the graduation date + 2.
  exclusions: Graduates who are not matchable. Students at work count as employed.
  caveats: >-
    Wage records leave out the self-employed, federal and military staff and work out of state: not found is not
    unemployed. Matchable: a Social Security number on any dual enrollment, college or award record, so that a graduate
    who never met a college cannot be found in wages.
  source: Perkins V, without enrollment
  source_metric_id: 3S1, employment part
  effective_from: 2019-07-01
- metric_id: successful_transition_rate
  definition_version: employed_35000_usd
  metric_name: Successful transition to work by 31 October
  catalogue_id: W16
  family: economic
  population: graduate
  denominator_sql: not coalesce(first_term_start_date <= october_31_date, false)
  statistic_sql: is_matchable
  numerator_sql: 4 * july_september_wages_usd >= 35000
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Share of matchable graduates not in college by the end of October who earned at the rate of 35,000 dollars a year.
  numerator: >-
    Members of the denominator whose wages from July to September of the calendar year in which the graduation year
    ends, over all employers, times four, reach 35,000 dollars.
  denominator: >-
    Matchable high school graduates without a college term, as an ordinary student, that began after the graduation
    date and on or before 31 October of the calendar year in which the graduation year ends.
  time_rule: July to September, the last whole quarter before 31 October, times four; nominal dollars.
  exclusions: Graduates who are not matchable; those enrolled in college by 31 October.
  caveats: >-
    Only the employed of the four ways the source knows: military service, apprenticeship and noncredit training right
    after high school are not in the feeds. Wage records leave out the self-employed, federal and military staff and
    work out of state: not found is not unemployed. Matchable: a Social Security number on any dual enrollment, college
    or award record, so that a graduate who never met a college cannot be found in wages.
  source: Education-to-Workforce framework
  source_metric_id: successful career transition
  effective_from: 2014-07-01
- metric_id: special_admit_cohort_count
  definition_version: expected_graduation_year
  metric_name: Special-admit graduation cohort
  catalogue_id: A04
  family: access
  population: special_admit_cohort
  statistic: count
  unit: count
  outcome_feed: dual_enrollment
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 3
  meaning: Number of first-time special-admit students, by the year in which they should finish high school.
  denominator: >-
    Persons whose special-admit records at one college in one term add up to at least 0.5 units attempted or hold a
    section under a CCAP partnership, the first such term being in an academic year up to the expected graduation year;
    in the cohort of that year (academic year of the first primary high school enrollment plus 12 minus its grade).
  time_rule: First qualifying term in an academic year up to the expected graduation year.
  exclusions: >-
    Persons without a linked high school record, who have no expected graduation year; persons whose first such term
    follows that year. Each counts once, at one college: that of the first such term; of several, the one with most
    units attempted in that term, then the lower id.
  caveats: >-
    DataVista counts a student at every college of the first term; here at one, so that colleges add up. A person whose
    high school record is not linked is missing.
  source: DataVista
  source_metric_id: 225D
  effective_from: 2014-07-01
- metric_id: ninth_grade_credit_rate
  definition_version: credit_course
  metric_name: Completed a dual enrollment course by grade 9
  catalogue_id: A05
  family: access
  population: special_admit_cohort
  numerator_sql: first_credit_academic_year <= ninth_grade_academic_year
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 3
  meaning: Share of the special-admit cohort that passed a college course by the end of grade 9.
  numerator: >-
    Members of the denominator with a passed credit section (status C or D) of dual enrollment at any college in an
    academic year up to the estimated grade 9.
  denominator: >-
    Persons whose special-admit records at one college in one term add up to at least 0.5 units attempted or hold a
    section under a CCAP partnership, the first such term being in an academic year up to the expected graduation year;
    in the cohort of that year (academic year of the first primary high school enrollment plus 12 minus its grade).
  time_rule: >-
    Estimated grade 9: three academic years before the expected graduation year. Passed: grade A+ to C- or P.
  exclusions: >-
    Persons without a linked high school record, who have no expected graduation year; persons whose first such term
    follows that year. Each counts once, at one college: that of the first such term; of several, the one with most
    units attempted in that term, then the lower id. Noncredit sections.
  caveats: >-
    The grade is estimated from the cohort year, not read from the record of the year. Every credit section counts, as
    the feed does not say whether it transfers.
  source: DataVista
  source_metric_id: 459D
  effective_from: 2014-07-01
- metric_id: mean_dual_enrollment_units
  definition_version: degree_applicable
  metric_name: Mean units earned through dual enrollment by grade 12
  catalogue_id: A06
  family: quality
  population: special_admit_cohort
  amount_sql: degree_applicable_units
  statistic: mean
  unit: units
  outcome_feed: dual_enrollment
  follow_up_months: 0
  confirming_feed: k12_enrollment
  confirming_months: 0
  lookback_years: 3
  meaning: Mean units that a member of the special-admit cohort earned in college by the end of grade 12.
  denominator: >-
    Persons whose special-admit records at one college in one term add up to at least 0.5 units attempted or hold a
    section under a CCAP partnership, the first such term being in an academic year up to the expected graduation year;
    in the cohort of that year (academic year of the first primary high school enrollment plus 12 minus its grade).
  time_rule: >-
    Units earned in passed degree-applicable sections (status D), at all colleges, in academic years up to the expected
    graduation year; members without any count as zero. Passed: grade A+ to C- or P.
  exclusions: >-
    Persons without a linked high school record, who have no expected graduation year; persons whose first such term
    follows that year. Each counts once, at one college: that of the first such term; of several, the one with most
    units attempted in that term, then the lower id. Noncredit sections and credit that no degree accepts (status C).
  caveats: >-
    A mean, not a median. Units are taken as semester units, as the feed does not say which colleges count quarter
    units.
  source: DataVista
  source_metric_id: 460D
  effective_from: 2014-07-01
- metric_id: special_admit_matriculation_rate
  catalogue_id: T07
  family: quality
  population: special_admit_cohort
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  confirming_feed: dual_enrollment
  confirming_months: 0
  lookback_years: 0
  denominator: >-
    Persons whose special-admit records at one college in one term add up to at least 0.5 units attempted or hold a
    section under a CCAP partnership, the first such term being in an academic year up to the expected graduation year;
    in the cohort of that year (academic year of the first primary high school enrollment plus 12 minus its grade).
  exclusions: >-
    Persons without a linked high school record, who have no expected graduation year; persons whose first such term
    follows that year. Each counts once, at one college: that of the first such term; of several, the one with most
    units attempted in that term, then the lower id. Terms taken as a special admit, the summer after grade 12
    included. Terms as an ordinary student up to the expected graduation year.
  source: DataVista; PPIC
  source_metric_id: 225D
  effective_from: 2014-07-01
  versions:
  - definition_version: 1_year
    metric_name: Special-admit cohort in college, 1 year
    numerator_sql: years_to_first_term <= 1
    follow_up_months: 12
    meaning: Share of the special-admit cohort that enrolled in college within 1 year of the expected graduation.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, in the academic year after the expected
      graduation year.
    time_rule: >-
      Academic year of the term minus expected graduation year is 1. The summer after grade 12 belongs to the first
      year.
    caveats: >-
      Whether the person graduated does not matter. Colleges that do not report to the warehouse are missing. Counts
      only records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 2_years
    metric_name: Special-admit cohort in college, 2 years
    numerator_sql: years_to_first_term <= 2
    follow_up_months: 24
    meaning: Share of the special-admit cohort that enrolled in college within 2 years of the expected graduation.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, in one of the 2 academic years after the
      expected graduation year.
    time_rule: >-
      Academic year of the term minus expected graduation year is 1 to 2. The summer after grade 12 belongs to the
      first year.
    caveats: >-
      Whether the person graduated does not matter. Colleges that do not report to the warehouse are missing. Counts
      only records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 4_years
    metric_name: Special-admit cohort in college, 4 years
    numerator_sql: years_to_first_term <= 4
    follow_up_months: 48
    meaning: Share of the special-admit cohort that enrolled in college within 4 years of the expected graduation.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, in one of the 4 academic years after the
      expected graduation year.
    time_rule: >-
      Academic year of the term minus expected graduation year is 1 to 4. The summer after grade 12 belongs to the
      first year.
    caveats: >-
      Whether the person graduated does not matter. Colleges that do not report to the warehouse are missing. Counts
      only records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 1_year_same_college
    metric_name: Special-admit cohort in college, 1 year, same college
    numerator_sql: years_to_first_term <= 1 and was_dual_enrolled_at_first_college
    follow_up_months: 12
    meaning: >-
      Share of the special-admit cohort that enrolled in college within 1 year of the expected graduation, first at the
      same college.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, in the academic year after the expected
      graduation year, whose first college is a college at which they took dual enrollment in an academic year up to
      the expected graduation year.
    time_rule: >-
      Academic year of the term minus expected graduation year is 1. The summer after grade 12 belongs to the first
      year. The first college is that of the earliest such term; of terms that began on the same day, a university
      before any other college, then the lower institution id.
    caveats: >-
      The three versions add up to the rate of one year, except for colleges that the registry does not know. Whether
      the person graduated does not matter. Colleges that do not report to the warehouse are missing. Counts only
      records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 1_year_other_community_college
    metric_name: Special-admit cohort in college, 1 year, other community college
    numerator_sql: >-
      years_to_first_term <= 1 and first_college_type_code = 'COMMUNITY_COLLEGE' and not
      was_dual_enrolled_at_first_college
    follow_up_months: 12
    meaning: >-
      Share of the special-admit cohort that enrolled in college within 1 year of the expected graduation, first at
      another community college.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, in the academic year after the expected
      graduation year, whose first college is a community college (institution type in the registry) at which they took
      no dual enrollment in an academic year up to the expected graduation year.
    time_rule: >-
      Academic year of the term minus expected graduation year is 1. The summer after grade 12 belongs to the first
      year. The first college is that of the earliest such term; of terms that began on the same day, a university
      before any other college, then the lower institution id.
    caveats: >-
      The three versions add up to the rate of one year, except for colleges that the registry does not know. Whether
      the person graduated does not matter. Colleges that do not report to the warehouse are missing. Counts only
      records that linkage could join: an unlinked college or award record reads as none.
  - definition_version: 1_year_university
    metric_name: Special-admit cohort in college, 1 year, university
    numerator_sql: >-
      years_to_first_term <= 1 and first_college_type_code = 'UNIVERSITY' and not was_dual_enrolled_at_first_college
    follow_up_months: 12
    meaning: >-
      Share of the special-admit cohort that enrolled in college within 1 year of the expected graduation, first at a
      university.
    numerator: >-
      Members of the denominator with a college term, as an ordinary student, in the academic year after the expected
      graduation year, whose first college is a university (institution type in the registry) at which they took no
      dual enrollment in an academic year up to the expected graduation year.
    time_rule: >-
      Academic year of the term minus expected graduation year is 1. The summer after grade 12 belongs to the first
      year. The first college is that of the earliest such term; of terms that began on the same day, a university
      before any other college, then the lower institution id.
    caveats: >-
      The three versions add up to the rate of one year, except for colleges that the registry does not know. Whether
      the person graduated does not matter. Colleges that do not report to the warehouse are missing. Counts only
      records that linkage could join: an unlinked college or award record reads as none.
- metric_id: ccap_share
  definition_version: annual
  metric_name: CCAP share of dual enrollment
  catalogue_id: A07
  family: access
  population: dual_enrollment_year
  numerator_sql: is_ccap
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  lookback_years: 0
  meaning: Share of special-admit students with a course under a CCAP partnership in the year.
  numerator: >-
    Members of the denominator with at least one section of the academic year taken under a CCAP partnership; in a
    sector, one of its sections.
  denominator: >-
    Persons with a special-admit section in the academic year; in a sector, a section whose TOP code (first four
    digits) belongs to it.
  time_rule: Sections of one academic year, summer to spring, at all colleges.
  exclusions: >-
    Each counts once, at one college: the one with most units attempted in the year, then the lower id.
  caveats: >-
    Not every special admit is a high school student: diploma seekers of adult schools are admitted likewise.
  source: Defined for this warehouse; AB 288
  effective_from: 2016-01-01
- metric_id: dual_enrollment_pass_rate
  definition_version: any_course
  metric_name: Dual enrollment students who passed a course
  family: quality
  population: dual_enrollment_year
  numerator_sql: passed_section_count >= 1
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  lookback_years: 0
  meaning: Share of special-admit students who passed at least one college course in the year.
  numerator: >-
    Members of the denominator who passed at least one section of the academic year, of any credit status; in a sector,
    one of its sections.
  denominator: >-
    Persons with a special-admit section in the academic year; in a sector, a section whose TOP code (first four
    digits) belongs to it.
  time_rule: >-
    Sections of one academic year, summer to spring, at all colleges. Passed: grade A+ to C- or P.
  exclusions: >-
    Each counts once, at one college: the one with most units attempted in the year, then the lower id. Grades W, EW,
    MW, IP and RD are no pass.
  caveats: >-
    A share of students, not of courses: passing one of five counts.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: mean_dual_enrollment_units_passed
  definition_version: annual
  metric_name: Mean units passed in dual enrollment in the year
  family: quality
  population: dual_enrollment_year
  amount_sql: units_passed
  statistic: mean
  unit: units
  outcome_feed: dual_enrollment
  follow_up_months: 0
  lookback_years: 0
  meaning: Mean units that a special-admit student passed in the year.
  denominator: >-
    Persons with a special-admit section in the academic year; in a sector, a section whose TOP code (first four
    digits) belongs to it.
  time_rule: >-
    Units earned in passed sections of one academic year, summer to spring, at all colleges (in a sector, of the
    sector); students without any count as zero. Passed: grade A+ to C- or P.
  exclusions: >-
    Each counts once, at one college: the one with most units attempted in the year, then the lower id.
  caveats: >-
    Noncredit sections carry no units. Units are taken as semester units, as the feed does not say which colleges count
    quarter units.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: career_dual_enrollment_rate
  definition_version: top_in_cte_sector
  metric_name: Career education share of dual enrollment
  family: access
  population: dual_enrollment_year
  denominator_sql: lens_type <> 'pathway_sector'
  numerator_sql: has_career_section
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  lookback_years: 0
  meaning: Share of special-admit students with a career education course in the year.
  numerator: >-
    Members of the denominator with at least one section of the academic year whose TOP code (first four digits)
    belongs to a CTE sector.
  denominator: Persons with a special-admit section in the academic year.
  time_rule: Sections of one academic year, summer to spring, at all colleges.
  exclusions: >-
    Each counts once, at one college: the one with most units attempted in the year, then the lower id. Not cut by
    sector: there, every member has one.
  caveats: The sector of a program follows the reference table program_sector, a proposal that a state confirms.
  source: Defined for this warehouse
  effective_from: 2014-07-01
{%- endmacro -%}
