"""Who each metric counts: its members, and for each whether the outcome was reached.

A member frame has one row per member and sector cut, 'all' included:
`person_id, year, institution_id, sector_code, success` for rates, plus `amount, is_matchable,
is_matched, is_in_statistic` where wages are involved. Splitting members by place and group, and
counting them, is the work of `cells`.
"""

from collections.abc import Iterator

import polars as pl

from .people import (
    COMPLETION_CODES,
    awards,
    college_starts,
    concentrator_sectors,
    cte_exits,
    expected_cohort,
    first_completion,
    matchable_people,
    participant_sectors,
    pathway_progress,
    quarterly_wages,
)
from .sources import Sources

GRADUATE_CODES = ("100",)

Named = tuple[str, str, pl.DataFrame]


def members(src: Sources) -> Iterator[Named]:
    """Yield `metric_id, definition_version, members` for every metric."""
    yield "four_year_graduation_rate", "acgr", graduation_members(src)
    yield from graduate_members(src)
    yield "college_going_rate", "12_months", college_going_members(src)
    yield from wage_members(src)


def graduation_members(src: Sources) -> pl.DataFrame:
    """Return the adjusted four-year cohort and who graduated by 31 August of its end year."""
    school = src.feeds["k12_enrollment"]
    graduated = first_completion(school, GRADUATE_CODES).select("person_id", "done_date")
    cohort = expected_cohort(school).filter(~pl.col("is_removed"))
    deadline = pl.date(pl.col("expected_year") + 1, 8, 31)
    progress = pathway_progress(src, cohort.select("person_id", year="final_year"))
    base = cohort.join(graduated, on="person_id", how="left").select(
        "person_id",
        "institution_id",
        year="expected_year",
        success=(pl.col("done_date") <= deadline).fill_null(False),
    )
    return by_sector(base, participant_sectors(progress))


def graduate_members(src: Sources) -> Iterator[Named]:
    """Yield the metrics that follow high-school graduates, in one cohort per graduation year."""
    graduates = first_completion(src.feeds["k12_enrollment"], GRADUATE_CODES)
    progress = pathway_progress(src, graduates)
    participants = participant_sectors(progress)

    courses = src.feeds["dual_enrollment"].select("person_id", taken="year")
    in_school = graduates.join(courses, on="person_id").filter(pl.col("taken") <= pl.col("year"))
    dual = reached(graduates, in_school)
    yield (
        "dual_enrollment_participation_rate",
        "ever_in_high_school",
        by_sector(dual, participants),
    )

    for version, done in (("v1_300_hours", "completed_v1"), ("v2_no_hours", "completed_v2")):
        finished = progress.filter(done)
        base = reached(graduates, finished)
        cut = reached(participants, finished, on=["person_id", "sector_code"])
        yield "cte_completion_rate", version, by_sector(base, cut)

    went_on = within(graduates, college_starts(src), months=12)
    enrolled_early = dual.filter("success").drop("success")
    yield (
        "dual_enrollment_matriculation_rate",
        "12_months",
        by_sector(reached(enrolled_early, went_on), participants),
    )

    credentials = awards(src).rename({"award_date": "day"})
    concentrations = concentrator_sectors(progress)
    concentrators = graduates.join(concentrations, on="person_id", how="semi")
    for years in (3, 6):
        earned = within(concentrators, credentials, months=12 * years)
        cut = reached(concentrations, earned, on=["person_id", "sector_code"])
        base = reached(concentrators, cut.filter("success"))
        yield "pathway_completion_rate", f"{years}_years", by_sector(base, cut)

    earned = within(graduates, credentials, months=72)
    yield (
        "credential_attainment_rate",
        "6_years",
        by_sector(reached(graduates, earned), participants),
    )


def college_going_members(src: Sources) -> pl.DataFrame:
    """Return high-school completers and who started college within twelve months."""
    completers = first_completion(src.feeds["k12_enrollment"], COMPLETION_CODES)
    progress = pathway_progress(src, completers)
    went_on = within(completers, college_starts(src), months=12)
    return by_sector(reached(completers, went_on), participant_sectors(progress))


def wage_members(src: Sources) -> Iterator[Named]:
    """Yield the metrics that follow exiting CTE students into the wage records."""
    wages = quarterly_wages(src)
    matchable = matchable_people(src)["person_id"].implode()
    has_wages = wages["person_id"].unique().implode()
    living_wage = src.institution_county.join(src.living_wage, on="county_fips")
    exits = (
        cte_exits(src)
        .join(living_wage.drop("county_fips"), on="institution_id", how="left")
        .with_columns(
            second_quarter=pl.col("exit_quarter") + 2,
            # October to December of the calendar year in which the exit year ends.
            autumn=(pl.col("year") + 1) * 4 + 3,
            is_matchable=pl.col("person_id").is_in(matchable),
        )
        .with_columns(is_matched=pl.col("is_matchable") & pl.col("person_id").is_in(has_wages))
    )
    second = _wages_in(exits, wages, "second_quarter")
    autumn = _wages_in(exits, wages, "autumn").with_columns(amount=pl.col("wages") * 4)
    found = pl.col("is_matchable") & pl.col("wages").is_not_null()
    twice = (
        (
            "employed_second_quarter_rate",
            "calendar_quarter",
            second.with_columns(
                is_in_statistic="is_matchable", success=found & (pl.col("wages") > 0)
            ),
        ),
        (
            "median_quarterly_earnings_usd",
            "calendar_quarter",
            second.with_columns(is_in_statistic=found, amount="wages"),
        ),
        (
            "median_annual_earnings_usd",
            "oct_dec_x4",
            autumn.with_columns(is_in_statistic=found),
        ),
        (
            "living_wage_rate",
            "oct_dec_x4",
            autumn.with_columns(
                is_in_statistic=found,
                success=(pl.col("amount") >= pl.col("living_wage_usd")).fill_null(False) & found,
            ),
        ),
    )
    for metric_id, version, frame in twice:
        everyone = frame.with_columns(sector_code=pl.lit("all"))
        yield metric_id, version, pl.concat([everyone, frame])


def reached(
    base: pl.DataFrame, outcome: pl.DataFrame, on: str | list[str] = "person_id"
) -> pl.DataFrame:
    """Return the base rows with `success`: whether the outcome frame has a row for them."""
    hits = outcome.select(on).unique().with_columns(success=pl.lit(True))
    return base.join(hits, on=on, how="left").with_columns(pl.col("success").fill_null(False))


def within(base: pl.DataFrame, events: pl.DataFrame, months: int) -> pl.DataFrame:
    """Return the events after each person's `done_date`, up to that many months later."""
    last_day = pl.col("done_date").dt.offset_by(f"{months}mo")
    since = base.select("person_id", "done_date", last_day=last_day)
    return since.join(events, on="person_id").filter(
        (pl.col("day") > pl.col("done_date")) & (pl.col("day") <= pl.col("last_day"))
    )


def by_sector(base: pl.DataFrame, sectors: pl.DataFrame) -> pl.DataFrame:
    """Return the members once under 'all' and once under each of their sectors.

    Args:
        base: One row per member, with `success`.
        sectors: `person_id, sector_code`, and `success` where the outcome must be of the sector.
    """
    person = base.drop("success") if "success" in sectors.columns else base
    cut = person.join(sectors, on="person_id")
    whole = base.with_columns(sector_code=pl.lit("all"))
    columns = ["person_id", "year", "institution_id", "sector_code", "success"]
    return pl.concat([whole.select(columns), cut.select(columns)])


def _wages_in(exits: pl.DataFrame, wages: pl.DataFrame, quarter: str) -> pl.DataFrame:
    return exits.join(
        wages, left_on=["person_id", quarter], right_on=["person_id", "quarter"], how="left"
    )
