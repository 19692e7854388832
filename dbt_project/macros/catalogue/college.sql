{#- Metrics of college students. What an entry holds is told in catalogue.sql. -#}
{%- macro catalogue_college() -%}
{%- set unlinked = "Counts only records that linkage could join. An unlinked college or award record reads as none." -%}
{%- set first_time = "First means first in the warehouse. Two years before the cohort must have been reported, and a longer absence or a college elsewhere is not seen." -%}
{%- set no_sections = "Colleges report units per term and program, not per course. Units count as career education when the program of the term is in a career sector, general education taken in that term included." -%}
{%- set quarter_units = "The feed asks for semester units. Quarter units that a college did not convert are not told apart." -%}
- metric_id: first_year_units_rate
  definition_version: 30_units_full_time
  metric_name: Thirty units in the first year, full time
  catalogue_id: T11
  family: quality
  population: college_entrant
  denominator_sql: first_primary_term_units_attempted >= 12
  numerator_sql: first_year_units_earned >= 30
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 0
  lookback_years: 2
  meaning: Share of full-time college entrants who earned at least 30 units in their first academic year.
  numerator: >-
    Members of the denominator who earned at least 30 units as an ordinary student in all terms of the entry academic
    year, all colleges combined.
  denominator: >-
    College entrants who attempted at least 12 units, all colleges combined, in their first primary term: the
    earliest fall or spring term of the entry academic year.
  time_rule: Terms of the entry academic year, summer, fall, winter and spring.
  exclusions: >-
    Entrants without a fall or spring term in the entry academic year; units earned as a special admit.
  caveats: >-
    {{ first_time }} {{ quarter_units }}
  source: Education-to-Workforce framework; CEDS Connections 30925
  source_metric_id: First-year credit accumulation
  effective_from: 2014-07-01
- metric_id: first_year_units_rate
  definition_version: 15_units_part_time
  metric_name: Fifteen units in the first year, part time
  catalogue_id: T11
  family: quality
  population: college_entrant
  denominator_sql: first_primary_term_units_attempted < 12
  numerator_sql: first_year_units_earned >= 15
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 0
  lookback_years: 2
  meaning: Share of part-time college entrants who earned at least 15 units in their first academic year.
  numerator: >-
    Members of the denominator who earned at least 15 units as an ordinary student in all terms of the entry academic
    year, all colleges combined.
  denominator: >-
    College entrants who attempted fewer than 12 units, all colleges combined, in their first primary term: the
    earliest fall or spring term of the entry academic year.
  time_rule: Terms of the entry academic year, summer, fall, winter and spring.
  exclusions: >-
    Entrants without a fall or spring term in the entry academic year; units earned as a special admit.
  caveats: >-
    {{ first_time }} {{ quarter_units }}
  source: Education-to-Workforce framework; CEDS Connections 30925
  source_metric_id: First-year credit accumulation
  effective_from: 2014-07-01
- metric_id: mean_first_year_units
  definition_version: all_colleges
  metric_name: Units earned in the first year
  catalogue_id: T11
  family: quality
  population: college_entrant
  amount_sql: first_year_units_earned
  statistic: mean
  unit: units
  outcome_feed: college_enrollment
  follow_up_months: 0
  lookback_years: 2
  meaning: Mean units that college entrants earned in their first academic year.
  numerator: >-
    Units earned as an ordinary student in all terms of the entry academic year, all colleges combined; none is 0.
  denominator: College entrants.
  time_rule: Terms of the entry academic year, summer, fall, winter and spring.
  exclusions: Units earned as a special admit.
  caveats: >-
    {{ first_time }} {{ quarter_units }}
  source: Education-to-Workforce framework; CEDS Connections 30925
  source_metric_id: First-year credit accumulation
  effective_from: 2014-07-01
- metric_id: persistence_rate
  definition_version: fall_to_spring
  metric_name: Persistence from fall to spring
  catalogue_id: T12
  family: quality
  population: college_entrant
  denominator_sql: first_primary_term_season = 'FA'
  numerator_sql: is_enrolled_next_primary_term
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 0
  lookback_years: 2
  meaning: Share of fall entrants enrolled in the next spring at any college.
  numerator: >-
    Members of the denominator with a spring term, as an ordinary student at any college, in the same academic year.
  denominator: >-
    College entrants whose first primary term (the earliest fall or spring term of the entry academic year) is a fall.
  time_rule: Fall of the entry academic year, then spring of the same academic year.
  exclusions: Entrants whose first fall or spring term is a spring, or who have neither in the entry academic year.
  caveats: >-
    {{ first_time }} Students who completed in the fall and left count as not persisting.
  source: DataVista
  source_metric_id: 453C1
  effective_from: 2014-07-01
- metric_id: persistence_rate
  definition_version: next_primary_term
  metric_name: Persistence to the next primary term
  catalogue_id: T12
  family: quality
  population: college_entrant
  denominator_sql: first_primary_term_season is not null
  numerator_sql: is_enrolled_next_primary_term
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 6
  lookback_years: 2
  meaning: Share of college entrants enrolled in the next fall or spring term at any college.
  numerator: >-
    Members of the denominator with a term in the next primary season, as an ordinary student at any college: the
    spring of the next calendar year after a fall, the fall of the same calendar year after a spring.
  denominator: >-
    College entrants with a primary term, fall or spring, in the entry academic year; the earliest is the first.
  time_rule: First primary term, then the primary term that follows it; summer and winter are passed over.
  exclusions: Entrants without a fall or spring term in the entry academic year.
  caveats: >-
    {{ first_time }} Students who completed in between and left count as not persisting.
  source: DataVista
  source_metric_id: 453C1
  effective_from: 2014-07-01
{%- for years in [2, 3, 4, 6] %}
- metric_id: community_college_completion_rate
  definition_version: {{ years }}_years
  metric_name: Community college completion, {{ years }} years
  catalogue_id: T14
  family: quality
  population: college_entrant
  denominator_sql: is_community_college_entrant
  numerator_sql: first_approved_award_date <= entry_year_end_date + interval {{ 12 * (years - 1) }} month
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: {{ 12 * (years - 1) }}
  lookback_years: 2
  meaning: >-
    Share of community college entrants who earned an approved certificate, an associate degree or a community college
    bachelor's degree within {{ years }} academic years.
  numerator: >-
    Members of the denominator with an award of type N, M, T, F (certificates of 8 units and more), A, S (associate),
    Y or Z (community college bachelor's), issued by a community college in which they had a term as an ordinary
    student that began on or before the award date, dated on or after the first day of their first term.
  denominator: >-
    College entrants whose home college (where they took most units in their first term) is a community college.
  time_rule: >-
    Award dated by 30 June that ends academic year {{ years }}, the entry academic year being the first.
  exclusions: >-
    Awards of type O and G (other and noncredit certificates), industry certifications, journey status and university
    degrees; awards before entry.
  caveats: >-
    {{ first_time }} {{ unlinked }} Certificates of 8 units and more stand for approval by the Chancellor's Office,
    which the feed does not tell.
  source: DataVista, Vision for Success
  source_metric_id: 619C3
  effective_from: 2017-07-01
{%- endfor %}
{%- for years in [3, 4, 6] %}
- metric_id: transfer_rate
  definition_version: {{ years }}_years
  metric_name: Transfer to a university, {{ years }} years
  catalogue_id: T15
  family: quality
  population: college_entrant
  denominator_sql: is_community_college_entrant
  numerator_sql: >-
    first_university_term_start_date > entry_date
    and first_university_term_start_date <= entry_year_end_date + interval {{ 12 * (years - 1) }} month
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: {{ 12 * (years - 1) }}
  lookback_years: 2
  meaning: Share of community college entrants who enrolled at a university within {{ years }} academic years.
  numerator: >-
    Members of the denominator whose earliest term as an ordinary student at a university began after the first day of
    their first term.
  denominator: >-
    College entrants whose home college (where they took most units in their first term) is a community college.
  time_rule: >-
    University term begun by 30 June that ends academic year {{ years }}, the entry academic year being the first.
  exclusions: >-
    Who was at a university in the first term already never counts as transferred.
  caveats: >-
    {{ first_time }} {{ unlinked }} Universities that do not report are missing.
  source: Defined for this warehouse after DataVista
  source_metric_id: 641C
  effective_from: 2014-07-01
{%- endfor %}
{%- set states = {
    'completed_rate': {
        'name': 'Completed college',
        'meaning': 'earned a college certificate or degree',
        'numerator': 'with a certificate, associate or bachelor award dated from the first day of the first term to the end of the window.',
        'completed': true, 'enrolled': none,
    },
    'still_enrolled_rate': {
        'name': 'Still enrolled without an award',
        'meaning': 'had no certificate or degree yet and were enrolled in the last year of the window',
        'numerator': 'without such an award (certificate, associate or bachelor, from the first day of the first term to the end of the window), but with a term as an ordinary student at any college in the last academic year of the window.',
        'completed': false, 'enrolled': true,
    },
    'stopped_out_rate': {
        'name': 'Stopped out of college',
        'meaning': 'had no certificate or degree and were not enrolled in the last year of the window',
        'numerator': 'without such an award (certificate, associate or bachelor, from the first day of the first term to the end of the window) and without a term as an ordinary student at any college in the last academic year of the window.',
        'completed': false, 'enrolled': false,
    },
} -%}
{%- for years, ordinal in [(3, 'third'), (6, 'sixth')] %}
{%- for metric_id, state in states.items() %}
{%- set completed = "coalesce(first_college_award_date <= entry_year_end_date + interval " ~ 12 * (years - 1) ~ " month, false)" %}
- metric_id: {{ metric_id }}
  definition_version: {{ years }}_years
  metric_name: {{ state.name }}, {{ years }} years
  catalogue_id: T16
  family: quality
  population: college_entrant
  is_favorable: {{ metric_id != 'stopped_out_rate' }}
  denominator_sql: not has_prior_degree
  numerator_sql: >-
    {{ completed if state.completed else 'not ' ~ completed }}
    {{ '' if state.enrolled is none else 'and ' ~ ('' if state.enrolled else 'not ') ~ 'was_enrolled_' ~ ordinal ~ '_year' }}
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: {{ 12 * (years - 1) }}
  confirming_feed: credential
  confirming_months: {{ 12 * (years - 1) }}
  lookback_years: 2
  meaning: Share of college entrants who, {{ years }} academic years after entry, {{ state.meaning }}.
  numerator: >-
    Members of the denominator {{ state.numerator }}
  denominator: College entrants without an associate or bachelor award dated before the first day of their first term.
  time_rule: >-
    The window ends on 30 June of academic year {{ years }}, the entry academic year being the first.
  exclusions: >-
    Entrants with an earlier degree. Industry certifications and journey status are not college awards. Terms as a
    special admit are not enrollment.
  caveats: >-
    {{ first_time }} {{ unlinked }} The three states completed, still enrolled and stopped out add up to all members.
  source: OpenSDP Technical Guide, section 3
  source_metric_id: Stop-out
  effective_from: 2014-07-01
{%- endfor %}
{%- endfor %}
- metric_id: prior_dual_enrollment_rate
  definition_version: before_first_term
  metric_name: Entrants with earlier dual enrollment
  family: access
  population: college_entrant
  numerator_sql: first_dual_enrollment_date < entry_date
  statistic: rate
  unit: rate
  outcome_feed: dual_enrollment
  follow_up_months: 0
  lookback_years: 3
  meaning: Share of college entrants who took a college course in high school before.
  numerator: >-
    College entrants with a dual enrollment section in a term that began before the first day of their first term.
  denominator: College entrants.
  time_rule: Start of the dual enrollment term before the start of the first term as an ordinary student.
  exclusions: None.
  caveats: >-
    {{ first_time }} {{ unlinked }}
  source: Defined for this warehouse
  effective_from: 2014-07-01
- metric_id: nine_cte_units_rate
  definition_version: district_year
  metric_name: Nine or more career education units in the year
  catalogue_id: T08
  family: quality
  population: college_year
  numerator_sql: cte_units_earned >= 9
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 0
  lookback_years: 0
  meaning: Share of community college career education students who earned nine or more units in the year.
  numerator: >-
    Members of the denominator who earned at least 9 units in the academic year, as an ordinary student, in terms at
    community colleges of the home college's district with a program in a career sector; in a sector, with a program
    in that sector.
  denominator: >-
    Community college career education students: a term in the academic year, as an ordinary student at a community
    college, with a program in a career sector.
  time_rule: Terms of the academic year.
  exclusions: Units of terms without a declared program in a career sector.
  caveats: >-
    {{ no_sections }} {{ quarter_units }}
  source: DataVista, Strong Workforce Program
  source_metric_id: 402SWP
  effective_from: 2016-07-01
- metric_id: award_or_journey_count
  definition_version: swp
  metric_name: Career education students with an award or journey status
  catalogue_id: T13
  family: quality
  population: college_year
  statistic_sql: award_or_journey_date is not null
  statistic: count
  unit: count
  outcome_feed: credential
  follow_up_months: 0
  lookback_years: 0
  meaning: Community college career education students who earned an award or journey status in the year.
  numerator: >-
    Members of the population with, in the academic year: an award of type N, M, T, F, G, A, S, Y or Z whose program,
    by TOP code, else by CIP code, is in a career sector, issued by a community college of a district in which they had a term as an ordinary student in
    that year; or apprenticeship journey status (AJ) from any issuer. In a sector, the award or journey status must be
    of a program in it.
  denominator: Same as numerator.
  time_rule: Award date in the academic year.
  exclusions: Other credit certificates (O), industry certifications and university degrees.
  caveats: >-
    {{ unlinked }} Each person counts once a year, at their home college; journey status without a program in a sector
    counts in no sector.
  source: DataVista, Strong Workforce Program
  source_metric_id: 632SWP
  effective_from: 2016-07-01
- metric_id: award_or_journey_rate
  definition_version: swp
  metric_name: Share of career education students with an award or journey status
  catalogue_id: T13
  family: quality
  population: college_year
  numerator_sql: award_or_journey_date is not null
  statistic: rate
  unit: rate
  outcome_feed: credential
  follow_up_months: 0
  lookback_years: 0
  meaning: Share of community college career education students who earned an award or journey status in the year.
  numerator: >-
    Members of the denominator with, in the academic year: an award of type N, M, T, F, G, A, S, Y or Z whose program,
    by TOP code, else by CIP code, is in a career sector, issued by a community college of a district in which they had a term as an ordinary student in
    that year; or apprenticeship journey status (AJ) from any issuer. In a sector, the award or journey status must be
    of a program in it.
  denominator: >-
    Community college career education students: a term in the academic year, as an ordinary student at a community
    college, with a program in a career sector.
  time_rule: Award date in the academic year.
  exclusions: Other credit certificates (O), industry certifications and university degrees.
  caveats: >-
    {{ unlinked }} The source publishes a count alone; most students of a year are not in their last one.
  source: Defined for this warehouse after DataVista
  source_metric_id: 632SWP
  effective_from: 2016-07-01
- metric_id: transfer_next_year_rate
  definition_version: 12_units_ever
  metric_name: Transferred to a university in the next year
  catalogue_id: T15
  family: quality
  population: college_year
  denominator_sql: community_college_units_to_date >= 12 and not was_at_community_college_next_year
  numerator_sql: was_at_university_next_year
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 12
  lookback_years: 0
  meaning: >-
    Share of career education students leaving community college with at least 12 units who were at a university in
    the next academic year.
  numerator: >-
    Members of the denominator with a term as an ordinary student at a university in the next academic year.
  denominator: >-
    Community college career education students of the year who earned at least 12 units at community colleges, as an
    ordinary student, in all terms up to and with this year, and have no term at any community college in the next
    academic year.
  time_rule: The academic year after the cohort year.
  exclusions: Students still at a community college in the next year; units earned as a special admit.
  caveats: >-
    {{ unlinked }} Universities that do not report are missing. The source follows all students, this the career
    education students.
  source: DataVista
  source_metric_id: 641S; 235S
  effective_from: 2016-07-01
- metric_id: transfer_next_year_count
  definition_version: 12_units_ever
  metric_name: Career education students who transferred in the next year
  catalogue_id: T15
  family: quality
  population: college_year
  denominator_sql: community_college_units_to_date >= 12 and not was_at_community_college_next_year
  statistic_sql: was_at_university_next_year
  statistic: count
  unit: count
  outcome_feed: college_enrollment
  follow_up_months: 12
  lookback_years: 0
  meaning: >-
    Career education students who left community college with at least 12 units and were at a university in the next
    academic year.
  numerator: >-
    Community college career education students of the year who earned at least 12 units at community colleges, as an
    ordinary student, in all terms up to and with this year, have no term at any community college in the next academic
    year and have a term as an ordinary student at a university in it.
  denominator: Same as numerator.
  time_rule: The academic year after the cohort year.
  exclusions: Students still at a community college in the next year; units earned as a special admit.
  caveats: >-
    {{ unlinked }} A person counts at their home college alone; the source credits every college attended the year
    before.
  source: DataVista
  source_metric_id: 650S
  effective_from: 2016-07-01
- metric_id: college_concentrator_rate
  definition_version: perkins_v
  metric_name: College concentrators among career education students
  family: quality
  population: college_year
  numerator_sql: is_concentrator
  statistic: rate
  unit: rate
  outcome_feed: college_enrollment
  follow_up_months: 0
  confirming_feed: credential
  confirming_months: 0
  lookback_years: 0
  meaning: Share of community college career education students who are Perkins concentrators by the end of the year.
  numerator: >-
    Members of the denominator who, by the end of the academic year, in one program (first four digits of the TOP code)
    in a career sector, earned at least 12 units at community colleges in terms with that program, as an ordinary
    student, or hold an award of type N, M, T, F, O, G, A, S, Y or Z of that program from a community college. In a
    sector, a program in it.
  denominator: >-
    Community college career education students: a term in the academic year, as an ordinary student at a community
    college, with a program in a career sector.
  time_rule: All terms and awards up to and with the academic year.
  exclusions: Units of terms without a declared program in a career sector.
  caveats: >-
    {{ no_sections }} An award of any length completes a program, though the statute means programs shorter than 12
    credits. The TOP level of a program is not confirmed. Terms before the first reported year are not seen.
  source: Perkins V
  source_metric_id: Postsecondary concentrator
  effective_from: 2019-07-01
{%- endmacro -%}
