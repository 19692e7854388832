{#- Metrics of wages after college. What an entry holds is told in catalogue.sql. -#}
{%- macro catalogue_earnings() -%}
- metric_id: employed_second_quarter_rate
  definition_version: calendar_quarter
  metric_name: Employed in the second quarter after exit
  catalogue_id: W07
  family: economic
  population: exiter
  is_headline: true
  statistic_sql: is_matchable
  numerator_sql: second_quarter_wages_usd > 0
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Share of exiting career education students found in wage records two quarters after they left.
  numerator: Members of the denominator with wages in the second quarter after the exit quarter.
  denominator: >-
    Matchable exiters: left all college after an academic year, with a program in a career sector.
  time_rule: Exit quarter (the quarter in which the last term ended) + 2.
  exclusions: Exiters without a Social Security number on any college record are not matchable.
  caveats: >-
    Wage records leave out the self-employed, federal and military staff and work out of state: not found is not
    unemployed.
  source: WIOA primary indicators; Perkins V
  source_metric_id: Employment rate Q2
  effective_from: 2016-07-01
- metric_id: median_quarterly_earnings_usd
  definition_version: calendar_quarter
  metric_name: Median quarterly earnings in the second quarter after exit
  catalogue_id: W08
  family: economic
  population: exiter
  is_headline: true
  statistic_sql: second_quarter_wages_usd is not null
  amount_sql: second_quarter_wages_usd
  statistic: median
  unit: usd
  region_bases: [college, place_of_work]
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Median of one quarter of wages, two quarters after leaving, among those found.
  denominator: Matchable exiters with wages in the second quarter after the exit quarter.
  time_rule: Exit quarter + 2; one quarter, not annualized.
  exclusions: >-
    Exiters without a Social Security number on any college record are not matchable. Exiters not found in that
    quarter.
  caveats: >-
    Wage records leave out the self-employed, federal and military staff and work out of state: not found is not
    unemployed. All employers are summed; hours are not known.
  source: WIOA primary indicators
  source_metric_id: Median earnings Q2
  effective_from: 2016-07-01
- metric_id: median_annual_earnings_usd
  definition_version: oct_dec_x4
  metric_name: Median annual earnings after exit
  catalogue_id: W01
  family: economic
  population: exiter
  is_headline: true
  statistic_sql: oct_dec_wages_usd is not null
  amount_sql: 4 * oct_dec_wages_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Median of four times the October to December wages that follow the exit year, among those found.
  denominator: >-
    Matchable exiters with wages in October to December of the calendar year in which the exit year ends.
  time_rule: >-
    October to December after 30 June of the exit year, times four, whichever term was the last.
  exclusions: >-
    Exiters without a Social Security number on any college record are not matchable. Exiters not found in that
    quarter.
  caveats: >-
    Wage records leave out the self-employed, federal and military staff and work out of state: not found is not
    unemployed. Four times one quarter overstates seasonal work.
  source: DataVista; LaunchBoard since 2019
  source_metric_id: 800SWP
  effective_from: 2019-07-01
- metric_id: living_wage_rate
  definition_version: oct_dec_x4
  metric_name: Attained the living wage after exit
  catalogue_id: W03
  family: economic
  population: exiter
  is_headline: true
  statistic_sql: oct_dec_wages_usd is not null
  numerator_sql: 4 * oct_dec_wages_usd >= living_wage_usd
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Share of found exiters whose annualized wages reach the living wage of a single adult in the county of the
    college.
  numerator: >-
    Members of the denominator whose October to December wages times four reach the threshold of the exit
    college's county.
  denominator: >-
    Matchable exiters with wages in October to December of the calendar year in which the exit year ends.
  time_rule: October to December after 30 June of the exit year, times four.
  exclusions: >-
    Exiters without a Social Security number on any college record are not matchable. Exiters not found in that
    quarter: this is not a share of all exiters.
  caveats: >-
    Wage records leave out the self-employed, federal and military staff and work out of state: not found is not
    unemployed. Thresholds come from the reference table living_wage; its illustrative vintage must be replaced
    before use. A college without a county has no threshold and counts as not reached.
  source: DataVista; LaunchBoard since 2019
  source_metric_id: 802SWP
  effective_from: 2019-07-01
{%- endmacro -%}
