"""College students: cohorts and rules.

What a cohort is, is defined in `high_school`.
"""

import polars as pl

from tests.reference.base.people import (
    COMMUNITY_COLLEGE,
    UNIVERSITY,
    awards,
    by_sector,
    terms,
    under_dimensions,
)
from tests.reference.base.sources import Sources

PERSON, PERSON_YEAR = ["person_id"], ["person_id", "year"]
APPROVED = ("N", "M", "T", "F", "A", "S", "Y", "Z")
#: Awards of community colleges, by what a metric asks of them.
CAREER_AWARDS = ("N", "M", "T", "F", "G", "A", "S", "Y", "Z")
CONCENTRATING_AWARDS = (*CAREER_AWARDS, "O")
CERTIFICATE_OR_DEGREE = ("certificate", "associate", "bachelor")
CONCENTRATION_UNITS = 12


def college_entrant(src: Sources) -> pl.DataFrame:
    """Return ordinary students, in the year of their first term, with what followed."""
    ordinary, earned = terms(src), awards(src)
    first = ordinary.group_by("person_id").agg(entered=pl.col("day").min())
    started = ordinary.join(first, on="person_id")
    home = (
        started.filter(pl.col("day") == pl.col("entered"))
        .group_by("person_id", "year", "entered", "institution_id", "institution_type")
        .agg(pl.col("units_attempted").sum().round(6))
        .sort("units_attempted", "institution_id", descending=[True, False])
        .unique("person_id", keep="first", maintain_order=True)
        .rename({"institution_type": "home_type"})
        .drop("units_attempted")
    )
    entry_year = started.join(home.select("person_id", entry_year="year"), on="person_id").filter(
        pl.col("year") == pl.col("entry_year")
    )
    sector = (
        entry_year.drop_nulls("program_top_code")
        .sort("day", "program_top_code")
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", pathway_sector="sector_code")
    )
    units = entry_year.group_by("person_id").agg(first_year_units=reported("units_earned"))
    people = home
    for facts in (
        units,
        _primary_terms(ordinary, entry_year),
        _awards_of_entrants(home, ordinary, earned),
        ordinary.filter(pl.col("institution_type") == UNIVERSITY)
        .group_by("person_id")
        .agg(first_university=pl.col("day").min()),
        ordinary.group_by("person_id").agg(years=pl.col("year").unique()),
        src.feeds["dual_enrollment"]
        .group_by("person_id")
        .agg(first_dual=pl.col("term_start").min()),
    ):
        people = people.join(facts, on="person_id", how="left")
    return under_dimensions(people, sector)


def reported(units: str) -> pl.Expr:
    """Return the units that are reported; nothing where of no term any are."""
    return pl.when(pl.col(units).is_not_null().any()).then(pl.col(units).sum())


def _primary_terms(ordinary: pl.DataFrame, entry_year: pl.DataFrame) -> pl.DataFrame:
    """Return each entrant's first fall or spring of the entry year, and whether the next came."""
    primary = pl.col("season").is_in(["FA", "SP"])
    first = (
        entry_year.filter(primary)
        .group_by("person_id", "day", "season", "calendar_year")
        .agg(primary_units=reported("units_attempted").round(6))
        .sort("day")
        .unique("person_id", keep="first", maintain_order=True)
        .rename({"season": "primary_season"})
        .drop("day")
    )
    is_fall = pl.col("primary_season") == "FA"
    taken = ordinary.select("person_id", "season", "calendar_year").unique()
    following = first.select(
        "person_id",
        season=pl.when(is_fall).then(pl.lit("SP")).otherwise(pl.lit("FA")),
        calendar_year=pl.col("calendar_year") + is_fall.cast(pl.Int32),
    ).join(taken, on=["person_id", "season", "calendar_year"])
    persisted = following.select("person_id", is_in_next_primary=pl.lit(True))
    return first.drop("calendar_year").join(persisted, on="person_id", how="left")


def _awards_of_entrants(
    home: pl.DataFrame, ordinary: pl.DataFrame, earned: pl.DataFrame
) -> pl.DataFrame:
    """Return the first day of each kind of award, from the first day in college on."""
    entered = home.select("person_id", "entered")
    since = earned.join(entered, on="person_id")
    later, before = (
        since.filter(pl.col("day") >= pl.col("entered")),
        since.filter(pl.col("day") < pl.col("entered")),
    )
    attended = ordinary.group_by("person_id", "district_id").agg(attended=pl.col("day").min())
    approved = later.filter(
        pl.col("award_type").is_in(APPROVED) & (pl.col("institution_type") == COMMUNITY_COLLEGE)
    ).join(attended, on=["person_id", "district_id"])
    approved = approved.filter(pl.col("attended") <= pl.col("day"))
    of_college = later.filter(pl.col("level").is_in(CERTIFICATE_OR_DEGREE))
    had_degree = before.filter(pl.col("level").is_in(["associate", "bachelor"]))
    milestones = home.select("person_id")
    for facts in (
        approved.group_by("person_id").agg(first_approved=pl.col("day").min()),
        of_college.group_by("person_id").agg(first_completed=pl.col("day").min()),
        had_degree.select("person_id", had_degree=pl.lit(True)).unique(),
    ):
        milestones = milestones.join(facts, on="person_id", how="left")
    return milestones


def college_year(src: Sources) -> pl.DataFrame:
    """Return career education students of community colleges, once in each year."""
    ordinary, earned = terms(src), awards(src)
    local = ordinary.filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
    career = local.drop_nulls("sector_code")
    home = (
        local.join(career, on=[*PERSON_YEAR, "institution_id"], how="semi")
        .group_by(*PERSON_YEAR, "institution_id", "district_id")
        .agg(pl.col("units_attempted").sum().round(6))
        .sort("units_attempted", "institution_id", descending=[True, False])
        .unique(PERSON_YEAR, keep="first", maintain_order=True)
        .drop("units_attempted")
    )
    district = home.select(*PERSON_YEAR, home_district="district_id")
    at_home = career.join(district, on=PERSON_YEAR).filter(
        pl.col("district_id") == pl.col("home_district")
    )
    units = at_home.select(*PERSON_YEAR, "sector_code", district_units="units_earned")
    attended = local.select(*PERSON_YEAR, "district_id").unique()
    issued = earned.filter(
        pl.col("award_type").is_in(CAREER_AWARDS)
        & pl.col("sector_code").is_not_null()
        & (pl.col("institution_type") == COMMUNITY_COLLEGE)
    ).join(attended, on=[*PERSON_YEAR, "district_id"])
    journey = earned.filter(pl.col("award_type") == "AJ")
    awarded = pl.concat(
        [issued.select(*PERSON_YEAR, "sector_code"), journey.select(*PERSON_YEAR, "sector_code")]
    )
    concentration = concentrations(src, home.select(PERSON_YEAR))
    facts = pl.concat(
        [
            units,
            awarded.with_columns(has_award=pl.lit(True)),
            concentration.with_columns(is_concentrator=pl.lit(True)),
        ],
        how="diagonal",
    )
    so_far = (
        home.select(PERSON_YEAR)
        .join(local.select("person_id", "units_earned", taken="year"), on="person_id")
        .filter(pl.col("taken") <= pl.col("year"))
        .group_by(PERSON_YEAR)
        .agg(units_so_far=pl.col("units_earned").sum().round(6))
    )
    next_year = {
        "stays": local,
        "transfers": ordinary.filter(pl.col("institution_type") == UNIVERSITY),
    }
    people = home.drop("district_id").join(so_far, on=PERSON_YEAR, how="left")
    for name, where in next_year.items():
        there = where.select("person_id", year=pl.col("year") - 1).unique()
        people = people.join(
            there.with_columns(pl.lit(True).alias(name)), on=PERSON_YEAR, how="left"
        ).with_columns(pl.col(name).fill_null(False))
    dimension = career.select(*PERSON_YEAR, pathway_sector="sector_code")
    return by_sector(under_dimensions(people, dimension, on=PERSON_YEAR), facts, PERSON_YEAR)


def concentrations(src: Sources, horizon: pl.DataFrame) -> pl.DataFrame:
    """Return the sectors in which people are Perkins concentrators by the end of a year.

    Args:
        src: The sources.
        horizon: `person_id, year`.

    Returns:
        `person_id, year, sector_code`.
    """
    local = pl.col("institution_type") == COMMUNITY_COLLEGE
    career = pl.col("sector_code").is_not_null()
    units = (
        terms(src)
        .filter(local & career)
        .select("person_id", "program", "sector_code", pl.col("units_earned"), when="year")
    )
    # A concentration is in a program of the TOP taxonomy, whatever its CIP code.
    programs = units.select("program", "sector_code").unique()
    by_top = src.program_sector.filter(pl.col("taxonomy") == "TOP").select(
        "sector_code", program="program_code"
    )
    held = (
        awards(src)
        .filter(local & pl.col("award_type").is_in(CONCENTRATING_AWARDS))
        .drop("sector_code")
        .join(pl.concat([programs.select("sector_code", "program"), by_top]).unique(), "program")
        .select("person_id", "sector_code", when="year")
    )
    enough = (
        horizon.join(units, on="person_id")
        .filter(pl.col("when") <= pl.col("year"))
        .group_by(*PERSON_YEAR, "program", "sector_code")
        .agg(pl.col("units_earned").sum().round(6))
        .filter(pl.col("units_earned") >= CONCENTRATION_UNITS)
    )
    holds = horizon.join(held, on="person_id").filter(pl.col("when") <= pl.col("year"))
    columns = [*PERSON_YEAR, "sector_code"]
    return pl.concat([enough.select(columns), holds.select(columns)]).unique()


COHORTS = {p.__name__: p for p in (college_entrant, college_year)}
