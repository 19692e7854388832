{#- Metrics of wages after college. What an entry holds is told in catalogue.sql. -#}
{%- macro catalogue_earnings() -%}
{%- set unseen = "Wage records leave out the self-employed, federal and military staff and work out of state: not found is not unemployed." -%}
{%- set unmatchable = "Persons without a Social Security number on any college record are not matchable." -%}
{%- set exiter = "Matchable exiters: left all college after an academic year, with a program in a career sector" -%}
{%- set not_enrolled = "Nobody of them is enrolled in that quarter, since an exiter has no term in the next academic year." -%}
{%- set constant = "Each quarter's wages are turned into dollars of " ~ var("cpi_base_year") ~ " by the yearly average of the price index in reference.cpi, then summed. Quarters of a year without an index have no value yet." -%}
{%- set illustrative = "Thresholds come from the reference table living_wage, source " ~ var("living_wage_source") ~ ", vintage " ~ var("living_wage_vintage") ~ ", which must be replaced before use." -%}
{%- set ordinals = {1: 'first', 3: 'third', 5: 'fifth', 10: 'tenth'} -%}
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
  definition_version: oct_dec_x4_{{ var("living_wage_vintage") }}
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
    {{ unseen }} {{ illustrative }} A college without a county has no threshold and counts as not reached.
  source: DataVista; LaunchBoard since 2019
  source_metric_id: 802SWP
  effective_from: 2019-07-01
{%- for statistic, name in [('p25', '25th percentile'), ('p75', '75th percentile')] %}
- metric_id: {{ statistic }}_quarterly_earnings_usd
  definition_version: calendar_quarter
  metric_name: Quarterly earnings in the second quarter after exit, {{ name }}
  catalogue_id: W08
  family: economic
  population: exiter
  statistic_sql: second_quarter_wages_usd is not null
  amount_sql: second_quarter_wages_usd
  statistic: {{ statistic }}
  unit: usd
  region_bases: [college, place_of_work]
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: The {{ name }} of one quarter of wages, two quarters after leaving, among those found.
  denominator: Matchable exiters with wages in the second quarter after the exit quarter.
  time_rule: Exit quarter (the quarter in which the last term ended) + 2; one quarter, not annualized.
  exclusions: >-
    {{ unmatchable }} Exiters not found in that quarter.
  caveats: >-
    {{ unseen }} {{ not_enrolled }} All employers are summed; hours are not known.
  source: WIOA primary indicators
  source_metric_id: Distribution of earnings Q2
  effective_from: 2016-07-01
- metric_id: {{ statistic }}_annual_earnings_usd
  definition_version: oct_dec_x4
  metric_name: Annual earnings after exit, {{ name }}
  catalogue_id: W01
  family: economic
  population: exiter
  statistic_sql: oct_dec_wages_usd is not null
  amount_sql: 4 * oct_dec_wages_usd
  statistic: {{ statistic }}
  unit: usd
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    The {{ name }} of four times the October to December wages that follow the exit year, among those found.
  denominator: >-
    Matchable exiters with wages in October to December of the calendar year in which the exit year ends.
  time_rule: >-
    October to December after 30 June of the exit year, times four, whichever term was the last.
  exclusions: >-
    {{ unmatchable }} Exiters not found in that quarter.
  caveats: >-
    {{ unseen }} {{ not_enrolled }} Four times one quarter overstates seasonal work.
  source: DataVista; LaunchBoard since 2019
  source_metric_id: 800SWP, other percentiles
  effective_from: 2019-07-01
{%- endfor %}
- metric_id: median_annual_earnings_usd
  definition_version: july_june_sum
  metric_name: Median annual earnings after exit, four quarters
  catalogue_id: W01
  family: economic
  population: exiter
  statistic_sql: july_june_wages_usd is not null
  amount_sql: july_june_wages_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Median of the wages of the four quarters that follow the exit year, among those found in any of them.
  denominator: >-
    {{ exiter }}, with wages in at least one of the four quarters from July to June after the exit year.
  time_rule: >-
    Sum of July to June of the academic year after the exit year; a quarter without a record adds nothing.
  exclusions: >-
    {{ unmatchable }} Exiters not found in any of the four quarters.
  caveats: >-
    {{ unseen }} Who worked one quarter counts with that quarter alone.
  source: LaunchBoard before 2019
  source_metric_id: 800SWP before 2019
  effective_from: 2016-07-01
  effective_to: 2019-06-30
- metric_id: median_annual_earnings_constant_usd
  definition_version: oct_dec_x4
  metric_name: Median annual earnings after exit, constant dollars
  catalogue_id: W01
  family: economic
  population: exiter
  statistic_sql: oct_dec_wages_constant_usd is not null
  amount_sql: 4 * oct_dec_wages_constant_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Median of four times the October to December wages that follow the exit year, among those found, in dollars of
    {{ var("cpi_base_year") }}.
  denominator: >-
    Matchable exiters with wages in October to December of the calendar year in which the exit year ends, when that
    year has a price index.
  time_rule: >-
    October to December after 30 June of the exit year, times four, whichever term was the last.
  exclusions: >-
    {{ unmatchable }} Exiters not found in that quarter.
  caveats: >-
    {{ unseen }} {{ constant }} The nominal value stands beside it as median_annual_earnings_usd.
  source: DataVista; California CPI-U
  source_metric_id: 800SWP
  effective_from: 2019-07-01
- metric_id: median_earnings_change_usd
  definition_version: jan_mar_to_oct_dec
  metric_name: Median change in annual earnings
  catalogue_id: W02
  family: economic
  population: exiter
  statistic_sql: oct_dec_wages_usd is not null and jan_mar_before_entry_wages_usd is not null
  amount_sql: 4 * (oct_dec_wages_usd - jan_mar_before_entry_wages_usd)
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Median gain in annualized wages from before entry to after exit, among those found in both quarters.
  denominator: >-
    {{ exiter }}, with wages in October to December after the exit year and in January to March before the entry year.
  time_rule: >-
    Four times October to December of the calendar year in which the exit year ends, less four times January to March
    of the calendar year in which the entry academic year begins.
  exclusions: >-
    {{ unmatchable }} Exiters not found in both quarters, among them everybody who entered before wages were reported
    or did not work yet.
  caveats: >-
    {{ unseen }} In current dollars. Most young entrants had no job before entry, so few are in the statistic.
  source: DataVista; LaunchBoard
  source_metric_id: 801SWP, in dollars
  effective_from: 2016-07-01
- metric_id: median_earnings_change_ratio
  definition_version: jan_mar_to_oct_dec
  metric_name: Median relative change in earnings
  catalogue_id: W02
  family: economic
  population: exiter
  statistic_sql: oct_dec_wages_usd is not null and jan_mar_before_entry_wages_usd > 0
  amount_sql: cast(oct_dec_wages_usd as double) / cast(jan_mar_before_entry_wages_usd as double) - 1
  statistic: median
  unit: ratio
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Median relative gain in quarterly wages from before entry to after exit, among those found in both quarters; 0.25
    is a quarter more.
  denominator: >-
    {{ exiter }}, with wages in October to December after the exit year and in January to March before the entry year.
  time_rule: >-
    October to December of the calendar year in which the exit year ends, divided by January to March of the calendar
    year in which the entry academic year begins, less one.
  exclusions: >-
    {{ unmatchable }} Exiters not found in both quarters, among them everybody who entered before wages were reported
    or did not work yet.
  caveats: >-
    {{ unseen }} In current dollars. Small wages before entry make large ratios.
  source: DataVista; LaunchBoard
  source_metric_id: 801SWP, in percent
  effective_from: 2016-07-01
- metric_id: living_wage_rate
  definition_version: july_june_microregion_{{ var("living_wage_vintage") }}
  metric_name: Attained the living wage after exit, microregion
  catalogue_id: W03
  family: economic
  population: exiter
  statistic_sql: july_june_wages_usd is not null
  numerator_sql: july_june_wages_usd >= living_wage_microregion_usd
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Share of found exiters whose wages of four quarters reach the living wage of a single adult in the microregion of
    the college.
  numerator: >-
    Members of the denominator whose July to June wages reach the unweighted mean of the thresholds of the counties in
    the exit college's microregion.
  denominator: >-
    {{ exiter }}, with wages in at least one of the four quarters from July to June after the exit year.
  time_rule: Sum of July to June of the academic year after the exit year.
  exclusions: >-
    {{ unmatchable }} Exiters not found in any of the four quarters: this is not a share of all exiters.
  caveats: >-
    {{ unseen }} {{ illustrative }} The mean over counties stands for the microregion's own threshold. A college without
    a microregion has no threshold and counts as not reached.
  source: LaunchBoard before 2019
  source_metric_id: 802SWP before 2019
  effective_from: 2016-07-01
  effective_to: 2019-06-30
- metric_id: employed_second_quarter_rate
  definition_version: ccc_fiscal_year
  metric_name: Employed two quarters after exit, college rule
  catalogue_id: W04
  family: economic
  population: exiter
  statistic_sql: is_matchable
  numerator_sql: oct_dec_wages_usd > 0
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of exiting career education students found in wage records in October to December after the exit year.
  numerator: >-
    Members of the denominator with wages in October to December of the calendar year in which the exit year ends.
  denominator: >-
    {{ exiter }}.
  time_rule: >-
    The academic year ends on 30 June; two quarters after it is October to December, whichever term was the last.
  exclusions: >-
    {{ unmatchable }}
  caveats: >-
    {{ unseen }} For who left in December the calendar rule reads two quarters earlier.
  source: DataVista
  source_metric_id: 505A
  effective_from: 2016-07-01
- metric_id: newly_employed_rate
  definition_version: quarter_before_entry
  metric_name: From not found in wages to employed
  catalogue_id: W05
  family: economic
  population: exiter
  denominator_sql: is_quarter_before_entry_reported
  statistic_sql: is_matchable and quarter_before_entry_wages_usd is null
  numerator_sql: oct_dec_wages_usd > 0
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: >-
    Share of exiters not found in wage records just before they entered college who are found after leaving.
  numerator: >-
    Members of the denominator with wages in October to December of the calendar year in which the exit year ends.
  denominator: >-
    {{ exiter }}, without wages in the quarter immediately before the entry quarter (the quarter in which the first term
    of the entry academic year began), when that quarter is not before the first wage quarter accepted.
  time_rule: Entry quarter - 1, then October to December after the exit year.
  exclusions: >-
    {{ unmatchable }} Exiters who entered in or before the first quarter of wage records.
  caveats: >-
    {{ unseen }} That holds for both quarters. The published text asks whether they re-enrolled; evidently a "not" is
    missing.
  source: DataVista
  source_metric_id: 700S
  effective_from: 2016-07-01
- metric_id: employed_fourth_quarter_rate
  definition_version: calendar_quarter
  metric_name: Employed in the fourth quarter after exit
  catalogue_id: W07
  family: economic
  population: exiter
  statistic_sql: is_matchable
  numerator_sql: fourth_quarter_wages_usd > 0
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of exiting career education students found in wage records four quarters after they left.
  numerator: Members of the denominator with wages in the fourth quarter after the exit quarter.
  denominator: >-
    {{ exiter }}.
  time_rule: Exit quarter (the quarter in which the last term ended) + 4.
  exclusions: >-
    {{ unmatchable }}
  caveats: >-
    {{ unseen }}
  source: WIOA primary indicators; Perkins V
  source_metric_id: Employment rate Q4
  effective_from: 2016-07-01
- metric_id: employed_second_quarter_count
  definition_version: calendar_quarter
  metric_name: Employed exiters in the second quarter after exit
  catalogue_id: W07
  family: economic
  population: exiter
  statistic_sql: second_quarter_wages_usd > 0
  statistic: count
  unit: count
  region_bases: [college, place_of_work]
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Exiting career education students found in wage records two quarters after they left, where they studied or work.
  numerator: Matchable exiters with wages in the second quarter after the exit quarter.
  denominator: Same as numerator.
  time_rule: Exit quarter (the quarter in which the last term ended) + 2.
  exclusions: >-
    {{ unmatchable }}
  caveats: >-
    {{ unseen }} By place of work, a person counts in the county of the primary employer (most wages, then the lower
    account number); an unreported county counts in the state alone.
  source: WIOA primary indicators
  source_metric_id: Employment Q2, count
  effective_from: 2016-07-01
- metric_id: median_fourth_quarter_earnings_usd
  definition_version: calendar_quarter
  metric_name: Median quarterly earnings in the fourth quarter after exit
  catalogue_id: W08
  family: economic
  population: exiter
  statistic_sql: fourth_quarter_wages_usd is not null
  amount_sql: fourth_quarter_wages_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Median of one quarter of wages, four quarters after leaving, among those found.
  denominator: Matchable exiters with wages in the fourth quarter after the exit quarter.
  time_rule: Exit quarter (the quarter in which the last term ended) + 4; one quarter, not annualized.
  exclusions: >-
    {{ unmatchable }} Exiters not found in that quarter.
  caveats: >-
    {{ unseen }} All employers are summed; hours are not known.
  source: WIOA primary indicators
  source_metric_id: Median earnings, fourth quarter
  effective_from: 2016-07-01
- metric_id: employer_retention_rate
  definition_version: second_to_fourth_quarter
  metric_name: Retention with the same employer
  catalogue_id: W09
  family: economic
  population: exiter
  statistic_sql: second_quarter_wages_usd is not null
  numerator_sql: has_same_employer_fourth_quarter
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of exiters employed in the second quarter whom the same employer still pays in the fourth.
  numerator: >-
    Members of the denominator with at least one employer account that paid them in both the second and the fourth
    quarter after the exit quarter, primary employer or not.
  denominator: Matchable exiters with wages in the second quarter after the exit quarter.
  time_rule: Exit quarter + 2 and exit quarter + 4.
  exclusions: >-
    {{ unmatchable }} Exiters not found in the second quarter.
  caveats: >-
    {{ unseen }} An employer that changes its account number looks like another employer.
  source: WIOA, effectiveness in serving employers
  source_metric_id: Retention with the same employer
  effective_from: 2016-07-01
- metric_id: employed_in_sector_of_training_rate
  definition_version: exiter_second_quarter
  metric_name: Employed in the sector of training after exit
  catalogue_id: W18
  family: economic
  population: exiter
  statistic_sql: is_employed_in_sector_of_training is not null
  numerator_sql: is_employed_in_sector_of_training
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of employed exiters whose primary employer is in an industry of the sector they trained for.
  numerator: >-
    Members of the denominator for whose sector of the exit program the reference table sector_industry has an industry
    that the NAICS code of the primary employer (most wages of the quarter, then the lower account number) begins with.
  denominator: Matchable exiters with wages in the second quarter after the exit quarter.
  time_rule: Exit quarter (the quarter in which the last term ended) + 2.
  exclusions: >-
    {{ unmatchable }} Exiters not found in that quarter.
  caveats: >-
    {{ unseen }} NAICS is the employer's industry, not the job: a nurse at a school is not counted, a clerk at a
    hospital is. The industries in sector_industry are a proposal that a state confirms.
  source: Defined for this warehouse
  effective_from: 2016-07-01
{%- for years in [1, 3, 5, 10] %}
- metric_id: median_earnings_years_after_exit_usd
  definition_version: {{ years }}_year{{ 's' if years > 1 }}
  metric_name: Median annual earnings {{ years }} year{{ 's' if years > 1 }} after exit
  catalogue_id: W01
  family: economic
  population: exiter
  statistic_sql: >-
    oct_dec_{{ ordinals[years] }}_year_wages_usd is not null
    {{ 'and not was_enrolled_oct_dec_' ~ ordinals[years] ~ '_year' if years > 1 }}
  amount_sql: 4 * oct_dec_{{ ordinals[years] }}_year_wages_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: {{ 12 * years - 6 }}
  confirming_feed: college_enrollment
  confirming_months: {{ 12 * years }}
  lookback_years: 0
  meaning: >-
    Median of four times the October to December wages of the {{ ordinals[years] }} academic year after the exit year,
    among those found and not enrolled.
  denominator: >-
    {{ exiter }}, with wages in October to December of the {{ ordinals[years] }} academic year after the exit year.
  time_rule: >-
    October to December of the calendar year in which the exit year ends, plus {{ years - 1 }} years; times four.
  exclusions: >-
    {{ unmatchable }} Exiters not found in that quarter. Exiters with a term as an ordinary student at any college whose
    first or last day lies in that quarter.
  caveats: >-
    {{ unseen }} In current dollars. The first year is the quarter of median_annual_earnings_usd, in which no exiter is
    enrolled; who is enrolled again later is counted in enrolled_again_count.
  source: Defined for this warehouse after DataVista
  source_metric_id: 800SWP, later years
  effective_from: 2016-07-01
{%- endfor %}
{%- for years in [3, 5, 10] %}
- metric_id: enrolled_again_count
  definition_version: {{ years }}_years
  metric_name: Exiters enrolled again {{ years }} years after exit
  family: economic
  population: exiter
  statistic_sql: was_enrolled_oct_dec_{{ ordinals[years] }}_year
  statistic: count
  unit: count
  outcome_feed: college_enrollment
  follow_up_months: {{ 12 * years }}
  lookback_years: 0
  meaning: Exiters whom the earnings {{ years }} years after exit leave out because they are enrolled in the quarter.
  numerator: >-
    Exiters, matchable or not, with a term as an ordinary student at any college whose first or last day lies in October
    to December of the {{ ordinals[years] }} academic year after the exit year.
  denominator: Same as numerator.
  time_rule: >-
    October to December of the calendar year in which the exit year ends, plus {{ years - 1 }} years.
  exclusions: None.
  caveats: Enrolled people are never in the earnings of that year, whether they work or not.
  source: Defined for this warehouse
  effective_from: 2016-07-01
{%- endfor %}
- metric_id: perkins_placement_rate
  definition_version: leavers
  metric_name: Perkins placement of concentrators who left
  catalogue_id: T18
  family: economic
  population: exiter
  denominator_sql: is_concentrator
  statistic_sql: is_matchable
  numerator_sql: second_quarter_wages_usd > 0
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of college concentrators who left all college and are found in wages two quarters later.
  numerator: Members of the denominator with wages in the second quarter after the exit quarter.
  denominator: >-
    Matchable exiters who are concentrators by the end of the exit year: in one program (first four digits of the TOP
    code) in a career sector, at least 12 units earned at community colleges in terms with that program as an ordinary
    student, or an award of type N, M, T, F, O, G, A, S, Y or Z of that program from a community college. In a sector,
    the exit program's sector; the concentration may be in another.
  time_rule: Exit quarter (the quarter in which the last term ended) + 2.
  exclusions: >-
    {{ unmatchable }} Advanced training outside the reporting colleges, the military and national service are not seen.
  caveats: >-
    {{ unseen }} {{ not_enrolled }} California's exact wording of 1P1 is not confirmed.
  source: Perkins V
  source_metric_id: 1P1
  effective_from: 2019-07-01
- metric_id: perkins_credential_rate
  definition_version: one_year
  metric_name: Perkins credential of concentrators who left
  catalogue_id: T19
  family: quality
  population: exiter
  denominator_sql: is_concentrator
  numerator_sql: first_credential_date <= exit_date + interval 12 month
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of college concentrators who left with a credential, or earned one within a year.
  numerator: >-
    Members of the denominator with an award of any type dated from the first day of the entry term to 12 months after
    the exit date (the last day of the last term).
  denominator: >-
    Exiters, matchable or not, who are concentrators by the end of the exit year: in one program (first four digits of
    the TOP code) in a career sector, at least 12 units earned at community colleges in terms with that program as an
    ordinary student, or an award of type N, M, T, F, O, G, A, S, Y or Z of that program from a community college.
  time_rule: entry date <= award date <= exit date + 12 months.
  exclusions: Awards before the entry that the exit ends.
  caveats: >-
    An unlinked award reads as none. A concentrator by award has the credential already. California's exact wording of
    2P1 is not confirmed.
  source: Perkins V
  source_metric_id: 2P1
  effective_from: 2019-07-01
- metric_id: wioa_credential_rate
  definition_version: one_year
  metric_name: Credential during enrollment or within a year after exit
  catalogue_id: T20
  family: quality
  population: exiter
  numerator_sql: first_credential_date <= exit_date + interval 12 month
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 12
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of exiting career education students with a credential during enrollment or within a year after.
  numerator: >-
    Members of the denominator with an award of any type dated from the first day of the entry term to 12 months after
    the exit date (the last day of the last term).
  denominator: Exiters, matchable or not.
  time_rule: entry date <= award date <= exit date + 12 months.
  exclusions: High school diplomas; awards before the entry that the exit ends.
  caveats: >-
    Like the WIOA indicator, but of students, not of WIOA participants: its exit (90 days without service) and its list
    of excluded exits are not known to the feeds. An unlinked award reads as none.
  source: WIOA primary indicators
  source_metric_id: Credential attainment
  effective_from: 2016-07-01
{%- for years in [1, 3, 5, 10] %}
{%- set plural = 's' if years > 1 else '' %}
- metric_id: median_earnings_years_after_award_usd
  definition_version: {{ years }}_year{{ plural }}
  metric_name: Median annual earnings {{ years }} year{{ plural }} after an award
  catalogue_id: W01
  family: economic
  population: award_earner
  statistic_sql: {{ ordinals[years] }}_year_wages_usd is not null and not was_enrolled_{{ ordinals[years] }}_year
  amount_sql: {{ ordinals[years] }}_year_wages_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: {{ 12 * years }}
  confirming_feed: college_enrollment
  confirming_months: {{ 12 * years }}
  lookback_years: 0
  meaning: >-
    Median wages of four quarters, July to June, in the {{ ordinals[years] }} academic year after the award year, among
    those found and not enrolled.
  denominator: >-
    Matchable award earners with wages in at least one quarter of the {{ ordinals[years] }} academic year after the
    award year.
  time_rule: Sum of July to June of the award year plus {{ years }}.
  exclusions: >-
    {{ unmatchable }} Award earners not found in that year. Award earners with a term as an ordinary student at any
    college in that academic year.
  caveats: >-
    {{ unseen }} In current dollars. Who is enrolled is counted in enrolled_after_award_count.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: enrolled_after_award_count
  definition_version: {{ years }}_year{{ plural }}
  metric_name: Award earners enrolled {{ years }} year{{ plural }} after
  family: economic
  population: award_earner
  statistic_sql: was_enrolled_{{ ordinals[years] }}_year
  statistic: count
  unit: count
  outcome_feed: college_enrollment
  follow_up_months: {{ 12 * years }}
  lookback_years: 0
  meaning: Award earners whom the earnings {{ years }} year{{ plural }} after leave out because they are enrolled.
  numerator: >-
    Award earners, matchable or not, with a term as an ordinary student at any college in the {{ ordinals[years] }}
    academic year after the award year.
  denominator: Same as numerator.
  time_rule: Award year plus {{ years }}.
  exclusions: None.
  caveats: Enrolled people are never in the earnings of that year, whether they work or not.
  source: Defined for this warehouse
  effective_from: 2014-07-01
{%- endfor %}
{%- for years in [1, 5, 10] %}
{%- set plural = 's' if years > 1 else '' %}
{%- for statistic, name in [('p25', '25th percentile'), ('median', 'median'), ('p75', '75th percentile')] %}
- metric_id: attached_{{ statistic }}_earnings_usd
  definition_version: {{ years }}_year{{ plural }}
  metric_name: Earnings of attached award earners {{ years }} year{{ plural }} after, {{ name }}
  catalogue_id: W12
  family: economic
  population: award_earner
  statistic_sql: >-
    {{ ordinals[years] }}_year_quarter_count >= 3
    and {{ ordinals[years] }}_year_wages_usd >= {{ var("attachment_floor_usd") }}
  amount_sql: {{ ordinals[years] }}_year_wages_usd
  statistic: {{ statistic }}
  unit: usd
  outcome_feed: wage
  follow_up_months: {{ 12 * years }}
  lookback_years: 0
  meaning: >-
    The {{ name }} of wages of four quarters, July to June, in the {{ ordinals[years] }} academic year after the award
    year, among award earners attached to the labor force.
  denominator: >-
    Matchable award earners with wages in at least three quarters of the {{ ordinals[years] }} academic year after the
    award year, adding up to at least {{ var("attachment_floor_usd") }} dollars.
  time_rule: Sum of July to June of the award year plus {{ years }}.
  exclusions: >-
    {{ unmatchable }} Award earners with fewer quarters or less in that year.
  caveats: >-
    {{ unseen }} The floor is 1,750 hours at the federal minimum wage of 7.25 dollars, from memory; var
    attachment_floor_usd. In current dollars. Enrolled people are included when they pass the floor, as in the source.
    The source covers work in other states and uses calendar years.
  source: Census Post-Secondary Employment Outcomes
  source_metric_id: PSEO {{ name }}, {{ years }} year{{ plural }}
  effective_from: 2014-07-01
{%- endfor %}
{%- endfor %}
{%- for years in [3, 5, 10] %}
- metric_id: qualifying_employment_rate
  definition_version: {{ years }}_years
  metric_name: Qualifying employment {{ years }} years after an award
  catalogue_id: W14
  family: economic
  population: award_earner
  statistic_sql: is_matchable
  numerator_sql: {{ ordinals[years] }}_year_quarter_count >= 2 and {{ ordinals[years] }}_year_wages_usd >= 3000
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: {{ 12 * years }}
  lookback_years: 0
  meaning: Share of award earners with qualifying employment in the state {{ years }} years later.
  numerator: >-
    Members of the denominator with wages in at least two quarters, July to June, of the {{ ordinals[years] }} academic
    year after the award year, adding up to at least 3,000 dollars.
  denominator: Matchable award earners.
  time_rule: July to June of the award year plus {{ years }}.
  exclusions: >-
    {{ unmatchable }}
  caveats: >-
    {{ unseen }} Not found is not a member of the numerator. Enrolled people are included.
  source: Kentucky Center for Statistics
  source_metric_id: Qualifying employment
  effective_from: 2014-07-01
{%- endfor %}
- metric_id: sustained_employment_rate
  definition_version: four_quarters_without_hours
  metric_name: Employed in all four quarters of the first year after an award
  catalogue_id: W15
  family: economic
  population: award_earner
  statistic_sql: is_matchable
  numerator_sql: first_year_quarter_count = 4
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 12
  lookback_years: 0
  meaning: Share of award earners with wages in every quarter of the first academic year after the award year.
  numerator: Members of the denominator with wages in all four quarters, July to June, of the award year plus 1.
  denominator: Matchable award earners.
  time_rule: July to June of the award year plus 1.
  exclusions: >-
    {{ unmatchable }}
  caveats: >-
    {{ unseen }} The source also asks for three quarters of full time at the minimum wage; hours are not reported in
    California, so that part is not applied, and the quarters are those of an academic year.
  source: Washington ERDC earnings reports
  source_metric_id: Sustained employment, without hours
  effective_from: 2014-07-01
- metric_id: wage_tracker_earnings_usd
  definition_version: 3_years
  metric_name: Wage tracker, three years after a community college award
  catalogue_id: W10
  family: economic
  population: award_earner
  denominator_sql: >-
    is_community_college_award
    and (next_term_start_date is null or next_term_start_date > award_year_end_date + interval 36 month)
  statistic_sql: third_year_wages_constant_usd is not null
  amount_sql: third_year_wages_constant_usd
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: 36
  confirming_feed: college_enrollment
  confirming_months: 36
  lookback_years: 0
  meaning: >-
    Median wages of four quarters three years after a community college award, among earners who neither transferred
    nor enrolled again, in dollars of {{ var("cpi_base_year") }}.
  denominator: >-
    Matchable award earners whose award is of type N, M, T, F, O, G, A, S, Y or Z from a community college, without a term as an ordinary student at any
    college that began after the award date and by 30 June of the award year plus 3, with wages in at least one quarter
    of the academic year award year plus 3, all of whose wages in it have a price index.
  time_rule: Sum of July to June of the award year plus 3.
  exclusions: >-
    {{ unmatchable }} Award earners who enrolled again or transferred, or were not found in that year.
  caveats: >-
    {{ unseen }} {{ constant }} The source leaves out earners of 21 and younger; age is not known to the warehouse. It
    pools eight award cohorts; here each stands alone.
  source: California Community Colleges wage tracker
  source_metric_id: Wage tracker
  effective_from: 2014-07-01
{%- for version, name, column, years, wait, lookback in [
    ('2_years_before', 'two years before', 'second_year_before_wages_constant_usd', -2, 2, 2),
    ('2_years_after', 'two years after', 'second_year_wages_constant_usd', 2, 2, 0),
    ('5_years_after', 'five years after', 'fifth_year_wages_constant_usd', 5, 5, 0),
] %}
- metric_id: salary_trajectory_usd
  definition_version: {{ version }}
  metric_name: Salary trajectory, {{ name }} a community college award
  catalogue_id: W11
  family: economic
  population: award_earner
  denominator_sql: >-
    is_community_college_award
    and (next_term_start_date is null or next_term_start_date > award_year_end_date + interval {{ 12 * wait }} month)
  statistic_sql: {{ column }} is not null
  amount_sql: {{ column }}
  statistic: median
  unit: usd
  outcome_feed: wage
  follow_up_months: {{ 12 * wait }}
  confirming_feed: college_enrollment
  confirming_months: {{ 12 * wait }}
  lookback_years: {{ lookback }}
  meaning: >-
    Median wages of four quarters, July to June, {{ name }} a community college award, among earners who did not enroll
    again, in dollars of {{ var("cpi_base_year") }}.
  denominator: >-
    Matchable award earners whose award is of type N, M, T, F, O, G, A, S, Y or Z from a community college, without a term as an ordinary student at any
    college that began after the award date and by 30 June of the award year plus {{ wait }}, with wages in at least one
    quarter of the academic year award year {{ 'plus' if years > 0 else 'minus' }} {{ years | abs }}, all of whose wages
    in it have a price index.
  time_rule: Sum of July to June of the award year {{ 'plus' if years > 0 else 'minus' }} {{ years | abs }}.
  exclusions: >-
    {{ unmatchable }} Award earners who enrolled again or transferred, or were not found in that year.
  caveats: >-
    {{ unseen }} {{ constant }} Different people are found in different years: not a path of the same persons.
  source: California Community Colleges Salary Surfer
  source_metric_id: Salary Surfer, {{ name }}
  effective_from: 2014-07-01
{%- endfor %}
{%- for years in [3, 5] %}
- metric_id: living_wage_after_award_rate
  definition_version: {{ years }}_years_{{ var("living_wage_vintage") }}
  metric_name: Attained the living wage {{ years }} years after an award
  catalogue_id: W03
  family: economic
  population: award_earner
  statistic_sql: >-
    {{ ordinals[years] }}_year_wages_usd is not null and not was_enrolled_{{ ordinals[years] }}_year
    and living_wage_usd is not null
  numerator_sql: {{ ordinals[years] }}_year_wages_usd >= living_wage_usd
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: {{ 12 * years }}
  confirming_feed: college_enrollment
  confirming_months: {{ 12 * years }}
  lookback_years: 0
  meaning: >-
    Share of found award earners whose wages of four quarters reach the living wage of a single adult in the county of
    the issuer.
  numerator: >-
    Members of the denominator whose July to June wages in the {{ ordinals[years] }} academic year after the award year
    reach the threshold of the issuer's county.
  denominator: >-
    Matchable award earners with wages in at least one quarter of the {{ ordinals[years] }} academic year after the
    award year, whose issuer has a county with a threshold.
  time_rule: Sum of July to June of the award year plus {{ years }}.
  exclusions: >-
    {{ unmatchable }} Award earners not found in that year: this is not a share of all. Award earners with a term as an
    ordinary student at any college in that academic year. Awards of issuers without a county.
  caveats: >-
    {{ unseen }} {{ illustrative }} Wages of a later year meet a threshold of one vintage.
  source: Defined for this warehouse after DataVista
  source_metric_id: 802SWP, later years
  effective_from: 2014-07-01
{%- endfor %}
- metric_id: employed_in_sector_of_training_rate
  definition_version: award_second_quarter
  metric_name: Employed in the sector of training after an award
  catalogue_id: W18
  family: economic
  population: award_earner
  statistic_sql: is_employed_in_sector_of_training is not null and not was_enrolled_second_quarter
  numerator_sql: is_employed_in_sector_of_training
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of employed award earners whose primary employer is in an industry of the sector of the award.
  numerator: >-
    Members of the denominator for whose sector of the award's program the reference table sector_industry has an
    industry that the NAICS code of the primary employer (most wages of the quarter, then the lower account number)
    begins with.
  denominator: >-
    Matchable award earners whose award is in a career sector, with wages in the second quarter after the award quarter.
  time_rule: The quarter of the award date + 2.
  exclusions: >-
    {{ unmatchable }} Awards in no sector. Award earners not found in that quarter, or with a term as an ordinary student
    at any college whose first or last day lies in it.
  caveats: >-
    {{ unseen }} NAICS is the employer's industry, not the job: a nurse at a school is not counted, a clerk at a
    hospital is. The industries in sector_industry are a proposal that a state confirms.
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: perkins_placement_rate
  definition_version: award_earners
  metric_name: Perkins placement of community college award earners
  catalogue_id: T18
  family: economic
  population: award_earner
  denominator_sql: is_community_college_award and has_sector
  statistic_sql: is_matchable
  numerator_sql: second_quarter_wages_usd > 0 or was_enrolled_second_quarter
  statistic: rate
  unit: rate
  outcome_feed: wage
  follow_up_months: 6
  confirming_feed: college_enrollment
  confirming_months: 12
  lookback_years: 0
  meaning: Share of community college career education award earners employed or enrolled two quarters later.
  numerator: >-
    Members of the denominator with wages in the second quarter after the award quarter, or with a term as an ordinary
    student at any college whose first or last day lies in it.
  denominator: >-
    Matchable award earners whose award is of type N, M, T, F, O, G, A, S, Y or Z, from a community college and in a career
    sector.
  time_rule: The quarter of the award date + 2.
  exclusions: >-
    {{ unmatchable }} Advanced training outside the reporting colleges, the military and national service are not seen.
  caveats: >-
    {{ unseen }} An award completes a program, so its earner is a concentrator; concentrators without an award are in
    the version leavers. California's exact wording of 1P1 is not confirmed.
  source: Perkins V
  source_metric_id: 1P1
  effective_from: 2019-07-01
{%- endmacro -%}
