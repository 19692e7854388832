"""Who metrics are about: the populations, each with the dates, flags and amounts they are told in.

A population has one row per person, cohort year and lens ('all' and further ones): `person_id,
year, institution_id, lens_type, lens_code`, and columns of its own. Wage populations also have
`is_matchable, is_matched`. Which of these people a metric counts is told in `rules`; splitting them
by place and group, and counting them, is the work of `cells`.
"""

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
    primary_county,
    quarterly_wages,
)
from .sources import UNKNOWN_COUNTY, Sources

GRADUATE_CODES = ("100",)
SECTOR = "pathway_sector"


def ninth_grade_cohort(src: Sources) -> pl.DataFrame:
    """Return the adjusted cohort, removed leavers left out, in the year they should graduate."""
    school = src.feeds["k12_enrollment"]
    graduated = first_completion(school, GRADUATE_CODES).select(
        "person_id", graduation_date="done_date"
    )
    cohort = expected_cohort(school).filter(~pl.col("is_removed")).rename({"expected_year": "year"})
    progress = pathway_progress(src, cohort.select("person_id", year="final_year"))
    return under_lenses(
        cohort.join(graduated, on="person_id", how="left"), participant_sectors(progress)
    )


def completer(src: Sources) -> pl.DataFrame:
    """Return high-school completers, in the year they finished."""
    completers = first_completion(src.feeds["k12_enrollment"], COMPLETION_CODES)
    progress = pathway_progress(src, completers)
    terms = first_after(completers, college_starts(src), name="first_term")
    return under_lenses(
        completers.join(terms, on="person_id", how="left"), participant_sectors(progress)
    )


def graduate(src: Sources) -> pl.DataFrame:
    """Return high-school graduates, in the year of their diploma.

    In a sector, what they did in pathways is what they did in those of the sector.
    """
    graduates = first_completion(src.feeds["k12_enrollment"], GRADUATE_CODES)
    progress = pathway_progress(src, graduates)
    early = src.feeds["dual_enrollment"].group_by("person_id").agg(first_dual=pl.col("year").min())
    credentials = awards(src).rename({"award_date": "day"})
    starts = college_starts(src)
    done = ["is_concentrator", "completed_v1", "completed_v2"]
    by_sector = (
        progress.drop_nulls("sector_code")
        .group_by("person_id", "sector_code")
        .agg(pl.col(done).any())
    )
    whole = progress.group_by("person_id").agg(pl.col(done).any()).with_columns(sector_code=None)
    deep = concentrator_sectors(progress)
    same_sector = credentials.join(deep, on=["person_id", "sector_code"], how="semi")
    by_lens = pl.concat([by_sector, whole.select(by_sector.columns)])
    name = "first_award_of_concentration"
    first_same = pl.concat(
        [
            first_after(graduates, same_sector, "sector_code", name=name),
            first_after(graduates, same_sector, name=name),
        ],
        how="diagonal",
    )
    facts = (
        graduates.join(early, on="person_id", how="left")
        .join(first_after(graduates, starts, name="first_term"), "person_id", "left")
        .join(first_after(graduates, credentials, name="first_award"), "person_id", "left")
    )
    lensed = under_lenses(facts, participant_sectors(progress)).with_columns(
        sector_code=pl.when(pl.col("lens_type") == SECTOR).then("lens_code")
    )
    on = ["person_id", "sector_code"]
    return lensed.join(by_lens, on, "left", nulls_equal=True).join(
        first_same, on, "left", nulls_equal=True
    )


def exiter(src: Sources) -> pl.DataFrame:
    """Return exits of career education students, in the last year in college."""
    wages = quarterly_wages(src)
    living_wage = src.institution_county.join(src.living_wage, on="county_fips")
    exits = with_coverage(cte_exits(src), src).with_columns(
        # October to December of the calendar year in which the exit year ends.
        autumn=(pl.col("year") + 1) * 4 + 3,
        second_quarter=pl.col("exit_quarter") + 2,
    )
    exits = (
        exits.join(living_wage.drop("county_fips"), on="institution_id", how="left")
        .join(primary_county(src, "second_quarter"), ["person_id", "second_quarter"], "left")
        .with_columns(pl.col("work_county_fips").fill_null(UNKNOWN_COUNTY))
    )
    for quarter in ("second_quarter", "autumn"):
        paid = wages.rename({"quarter": quarter, "wages": f"{quarter}_wages"})
        exits = exits.join(paid, ["person_id", quarter], "left").with_columns(
            pl.when("is_matchable").then(f"{quarter}_wages")
        )
    sector = exits.select("person_id", "year", "sector_code")
    return under_lenses(exits.drop("sector_code"), sector, on=["person_id", "year"])


POPULATIONS = {p.__name__: p for p in (ninth_grade_cohort, completer, graduate, exiter)}


def with_coverage(people: pl.DataFrame, src: Sources) -> pl.DataFrame:
    """Return the rows with who can be looked for in wages, and who of these was ever found."""
    matchable = matchable_people(src)["person_id"].implode()
    has_wages = src.feeds["wage"]["person_id"].unique().implode()
    return people.with_columns(is_matchable=pl.col("person_id").is_in(matchable)).with_columns(
        is_matched=pl.col("is_matchable") & pl.col("person_id").is_in(has_wages)
    )


def first_after(base: pl.DataFrame, events: pl.DataFrame, *by: str, name: str) -> pl.DataFrame:
    """Return the `day` of each person's first event after their `done_date`, under a name."""
    later = base.select("person_id", "done_date").join(events, on="person_id")
    later = later.filter(pl.col("day") > pl.col("done_date"))
    return later.group_by("person_id", *by).agg(pl.col("day").min().alias(name))


def under_lenses(
    people: pl.DataFrame,
    *lenses: pl.DataFrame,
    on: str | list[str] = "person_id",
) -> pl.DataFrame:
    """Return the people once under 'all', and once under each code of each lens.

    Args:
        people: One row per person and cohort.
        lenses: `on`, and one column of codes, named for the lens; `sector_code` is a sector.
        on: What a lens is told of: the person, or the person in a year.
    """
    everybody = people.with_columns(lens_type=pl.lit("all"), lens_code=pl.lit("all"))
    keys = [on] if isinstance(on, str) else on
    names = {"sector_code": SECTOR}
    seen = [everybody]
    for lens in lenses:
        [code] = [c for c in lens.columns if c not in keys]
        codes = lens.drop_nulls().unique().rename({code: "lens_code"})
        lensed = people.join(codes, on=on).with_columns(lens_type=pl.lit(names.get(code, code)))
        seen.append(lensed.select(everybody.columns))
    return pl.concat(seen)
