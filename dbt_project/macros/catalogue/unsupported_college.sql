{#- Entries of the field's catalogue about college and wages that no feed can answer, each with what is missing. -#}
{%- macro catalogue_unsupported_college() -%}
- catalogue_id: A08
  metric_name: Applicants who enrolled
  family: access
  missing_input: Applications to college (OpenCCCApply), with goal and term.
- catalogue_id: T09
  metric_name: Noncredit workforce milestone
  family: quality
  missing_input: Noncredit enrollment, with contact hours and course completion.
- catalogue_id: T10
  metric_name: Transfer-level math and English in the first year
  family: quality
  missing_input: College course records, with subject, level and grade.
- catalogue_id: T21
  metric_name: WIOA measurable skill gains
  family: quality
  missing_input: Skill gains of participants (level tests, transcripts, milestones, skills examinations) by program year.
- catalogue_id: W06
  metric_name: Job closely related to field of study
  family: economic
  missing_input: Answers to the employment outcomes survey of former students (CTEOS).
- catalogue_id: W13
  metric_name: Annual wages ten years after high school, adjusted for a missing quarter
  family: economic
  missing_input: >-
    Parameters of the imputation. One missing quarter is filled by a regression on the other three, fitted on all
    graduates; the warehouse counts wages found and imputes none.
- catalogue_id: W15
  metric_name: Sustained employment at three quarters of full time
  family: economic
  missing_input: >-
    Hours worked. The part about quarters is metric sustained_employment_rate.
- catalogue_id: W17
  metric_name: Postsecondary Value thresholds
  family: economic
  missing_input: Net price of a program, and reference medians by credential and by advantaged peers.
- catalogue_id: W19
  metric_name: Earnings gain against a matched comparison group
  family: economic
  missing_input: >-
    A comparison group of similar people who did not take part, chosen on what decided participation; the feeds hold no
    such group.
- catalogue_id: CCC Perkins IV
  metric_name: College concentrator, Perkins IV
  family: quality
  missing_input: SAM code of each college course (CB09), to tell career courses of level A to C.
- catalogue_id: SCFF associate degree for transfer
  metric_name: Associate degree for transfer in the funding formula
  family: quality
  missing_input: A type of award that tells a degree for transfer from other associate degrees.
- catalogue_id: SCFF transfer-level math and English
  metric_name: Transfer-level math and English in the funding formula
  family: quality
  missing_input: College course records, with subject, level and grade.
{%- endmacro -%}
