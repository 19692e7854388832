{#- Comparisons between groups, made of the metrics in the other files. computed_in names their table. -#}
{%- macro catalogue_equity() -%}
- metric_id: ppg1
  catalogue_id: E01
  computed_in: metrics.metric_equity
  unit: points
  statistic: gap
  meaning: How many points a group's rate lies below or above the rate of everybody else.
  numerator: Rate of the group minus rate of everybody who is not in it, in the same metric, cohort, place and lens.
  denominator: Every group of more than ten people that is not everybody.
  time_rule: As the metric that is compared.
  exclusions: Groups of ten or fewer are not judged.
  source_metric_id: PPG-1
  versions:
  - definition_version: ppg1_2022
    metric_name: Percentage point gap minus one, margin of 2022
    caveats: >-
      Flagged when the gap is at least the margin: 1.96 standard errors of the group's own rate, at least two points.
      One flag in twenty is chance, so read q_value when many are looked at.
    source: CCCCO PPG-1 note
    effective_from: 2022-07-01
  - definition_version: ppg1_2017
    metric_name: Percentage point gap minus one, margin of 2017
    caveats: >-
      Flagged when the gap is at least the margin: 1.96 standard errors of a rate of one half in a group of that size,
      at least three points. It flags fewer groups than the margin of 2022.
    source: CCCCO PPG note; DisImpact
    effective_from: 2017-07-01
    effective_to: 2022-06-30
- metric_id: proportionality_index
  definition_version: cutoff_80
  metric_name: Proportionality index
  catalogue_id: E02
  computed_in: metrics.metric_equity
  unit: ratio
  statistic: ratio
  meaning: A group's share of all successes against its share of all people; 1 is a fair share.
  numerator: The group's successes divided by all successes.
  denominator: The group's people divided by all people.
  time_rule: As the metric that is compared.
  exclusions: Groups of ten or fewer; cells without a success.
  caveats: Flagged below 0.80. The CCCCO paper sets no cutoff; campuses also use 0.85.
  source: CCCCO; DisImpact
  source_metric_id: PI
  effective_from: 2014-07-01
- metric_id: eighty_percent_index
  definition_version: four_fifths
  metric_name: 80 % index
  catalogue_id: E03
  computed_in: metrics.metric_equity
  unit: ratio
  statistic: ratio
  meaning: A group's rate against that of the group of its type with the best rate.
  numerator: Rate of the group.
  denominator: Highest rate among the groups of the same type with more than ten people.
  time_rule: As the metric that is compared.
  exclusions: Groups of ten or fewer; types in which nobody succeeds.
  caveats: Flagged below 0.80, the four-fifths rule. The best of several small groups is partly luck.
  source: DisImpact
  source_metric_id: 80 % index
  effective_from: 2014-07-01
- metric_id: participation_parity
  definition_version: share_of_eligible
  metric_name: Participation parity
  catalogue_id: E04
  computed_in: metrics.metric_equity
  unit: ratio
  statistic: ratio
  meaning: A group's share of participants against its share of those who could take part.
  numerator: The group's participants divided by all participants.
  denominator: The group's eligible people divided by all eligible people.
  time_rule: As the metric that is compared.
  exclusions: Groups of ten or fewer.
  caveats: >-
    It is the proportionality index of a metric of the family access: equity_method proportionality_index there.
  source: Wheelhouse; PPIC
  effective_from: 2014-07-01
- metric_id: earnings_gap
  definition_version: bootstrap_95
  metric_name: Earnings gap
  catalogue_id: E05
  computed_in: metrics.metric_earnings_gap
  unit: usd
  statistic: gap
  meaning: How far a group's median earnings lie below or above those of everybody else.
  numerator: Median of the group minus median of everybody who is not in it.
  denominator: Groups and others of at least 30 people in the statistic each, in the state and its macroregions.
  time_rule: As the metric that is compared.
  exclusions: Arms of fewer than 30 people.
  caveats: >-
    Medians have no PPG-1. The interval is the bootstrap's: the middle 95 % of the differences between medians of
    resampled arms. Who is found in wage records differs by group too.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: linkage_parity
  definition_version: match_rate
  metric_name: Linkage parity
  catalogue_id: E06
  computed_in: quality.linkage
  unit: points
  statistic: gap
  meaning: How many points a group's records are found less often in another agency's than everybody else's.
  numerator: Match rate of the group minus match rate of everybody else.
  denominator: People of one feed who can be looked for in another.
  time_rule: All accepted periods.
  exclusions: People without what the link needs are unmatchable and counted apart.
  caveats: A gap in linkage is a gap in every outcome that the link carries.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: funnel_attrition
  definition_version: ninth_grade_to_living_wage
  metric_name: Attrition by stage
  catalogue_id: E07
  computed_in: metrics.funnel
  unit: rate
  statistic: rate
  meaning: Of a group that reached a stage, the share that reached the next, and its gap to everybody else.
  numerator: People who reached this stage and all before it.
  denominator: People who reached all stages before this one.
  time_rule: As the stages, from the expected graduation year of the ninth-grade cohort.
  exclusions: People removed from the cohort.
  caveats: >-
    A stage that needs a link (college, award, wages) loses people whom linkage missed. The last stage counts only
    people who could be looked up in wage records as lost or reached.
  source: Defined for this warehouse
  effective_from: 2014-07-01
{%- endmacro -%}
