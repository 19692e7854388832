{#-
    Metrics of the field that the feeds cannot support, each with what is missing. A metric that a subset of the feeds
    supports is in the catalogue instead, and its caveats say what it lacks.
-#}
{%- macro catalogue_unsupported() -%}
{#- High school: access, progress, transitions. -#}
- catalogue_id: A08
  metric_name: Applicants who enrolled at the same or any community college
  family: access
  missing_input: College applications (OpenCCCApply) with the applicant's goal; no feed holds applicants.
- catalogue_id: A09
  metric_name: Schools that offer a complete pathway
  family: access
  missing_input: >-
    A course master: which courses a school offers, whoever takes them. Pathway records show only what students took.
- catalogue_id: Q07
  metric_name: Nontraditional concentration
  family: equity
  missing_input: Shares of each gender in the occupations that a pathway leads to.
- catalogue_id: W13
  metric_name: Annual wages ten years after high school, one missing quarter imputed
  family: economic
  missing_input: >-
    The imputation of the source: a regression of the missing quarter on the other three, over all persons of the
    panel, with imputed values outside the 1st to 99th percentile dropped. It is an estimate from the whole panel and
    not a condition on a person, and the published sample code leaves a quarter out by mistake; without a tested
    model of the source there is nothing to agree with.
- catalogue_id: W17
  metric_name: Postsecondary Value thresholds
  family: economic
  missing_input: >-
    Median earnings of the state's high school graduates and of each credential, net price by college, and earnings
    of advantaged peers.
{%- endmacro -%}
