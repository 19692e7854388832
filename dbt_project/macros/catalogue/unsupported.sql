{#-
    Metrics of the field that the feeds cannot support, each with what is missing. A metric that a subset of the feeds
    supports is in the catalogue instead, and its caveats say what it lacks.
-#}
{%- macro catalogue_unsupported() -%}
- catalogue_id: A08
  metric_name: Applicants who enrolled at the same or any community college
  family: access
  missing_input: College applications (OpenCCCApply), with the applicant's goal and the term; no feed holds applicants.
- catalogue_id: A09
  metric_name: Schools that offer a complete pathway
  family: access
  missing_input: >-
    A course master: which courses a school offers, whoever takes them. Pathway records show only what students took.
- catalogue_id: Q07
  metric_name: Nontraditional concentration
  family: equity
  missing_input: Shares of each gender in the occupations that a pathway leads to.
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
  metric_name: Annual wages ten years after high school, one missing quarter imputed
  family: economic
  missing_input: >-
    The fitted imputation of the source: a regression of the missing quarter on the other three, over all persons of
    its panel, with imputed values outside the 1st to 99th percentile dropped. It is an estimate from the whole panel
    and not a condition on a person, and the published sample code leaves a quarter out by mistake; without a tested
    model of the source there is nothing to agree with. The warehouse counts wages found and imputes none.
- catalogue_id: W15
  metric_name: Sustained employment at three quarters of full time
  family: economic
  missing_input: >-
    Hours worked. The part about quarters is metric sustained_employment_rate.
- catalogue_id: W17
  metric_name: Postsecondary Value thresholds
  family: economic
  missing_input: >-
    Median earnings of the state's high school graduates and of each credential, net price of a program, and earnings
    of advantaged peers.
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
