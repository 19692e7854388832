"""People who left college or earned an award, and their wages: cohorts and rules.

What a cohort is, is defined in `high_school`. These also have `is_matchable` (a Social Security
number on any college record) and `is_matched` (and found in wages of any quarter).
"""

import polars as pl

from tests.reference.base.people import (
    COMMUNITY_COLLEGE,
    awards,
    terms,
    under_dimensions,
)
from tests.reference.base.sources import UNKNOWN_COUNTY, Sources, quarter_of
from tests.reference.base.wages import (
    enrolled_in_quarter,
    is_in_sector,
    quarterly_wages,
    wages_at,
    with_coverage,
    year_wages,
)
from tests.reference.metrics.college import concentrations

PERSON, PERSON_YEAR = ["person_id"], ["person_id", "year"]
LEVELS = ("none", "industry", "certificate", "apprenticeship", "associate", "bachelor")
AWARD_TYPES = {
    **dict.fromkeys(("M", "T", "F"), "certificate_16_units"),
    **dict.fromkeys(("O", "G"), "certificate_other"),
    "N": "certificate_under_16_units",
}
#: Wages of a year from which its earner counts as attached to the labour force.
ATTACHMENT_FLOOR_USD = 12687.5
#: Year of the dollars of the living wages.
LIVING_WAGE_VINTAGE = 2024
YEARS_AFTER_EXIT = (1, 3, 5, 10)
YEARS_AFTER_AWARD = (-2, 1, 2, 3, 5, 10)


def cte_exits(src: Sources) -> pl.DataFrame:
    """Return one row per person and exit year with a CTE program at a community college in it.

    Home and sector are those of the last such term, of one day of the most units.
    A person exits in a year when enrolled in it and in no college in the next, which must itself
    have been reported. Columns: `person_id, year, institution_id, exit_date, sector_code,
    exit_quarter`.
    """
    ordinary = terms(src)
    reported = src.period_ends.get("college_enrollment")
    last_reported = reported[1].year - 1 if reported else 0
    came_back = ordinary.select("person_id", year=pl.col("year") - 1).unique()
    last_years = ordinary.join(came_back, on=PERSON_YEAR, how="anti").filter(
        pl.col("year") < last_reported
    )
    exits = last_years.group_by(PERSON_YEAR).agg(exit_date=pl.col("term_end").max())
    career = last_years.filter(
        (pl.col("institution_type") == COMMUNITY_COLLEGE) & pl.col("sector_code").is_not_null()
    )
    order = ["term_end", "units_attempted", "institution_id", "program_top_code"]
    home = career.sort(order, descending=[True, True, False, False]).unique(
        PERSON_YEAR, keep="first", maintain_order=True
    )
    return (
        home.select(*PERSON_YEAR, "institution_id", "sector_code")
        .join(exits, on=PERSON_YEAR)
        .with_columns(exit_quarter=quarter_of("exit_date"))
    )


def exiter(src: Sources) -> pl.DataFrame:
    """Return exits of career education students, in the last year in college."""
    quarters, ordinary = quarterly_wages(src), terms(src)
    people = with_coverage(cte_exits(src), src)
    entry = _entries(people, ordinary)
    concentrated = concentrations(src, people.select(PERSON_YEAR)).select(PERSON_YEAR).unique()
    people = (
        people.join(entry, on=PERSON_YEAR, how="left")
        .join(_first_award_since(people.join(entry, on=PERSON_YEAR), src), PERSON_YEAR, "left")
        .join(concentrated.with_columns(is_concentrator=pl.lit(True)), PERSON_YEAR, "left")
    )
    people = living_wages(people, src)
    ends_in = pl.col("year") + 1
    people = wages_at(people, quarters, pl.col("exit_quarter") + 2, "second", *OF_EMPLOYERS)
    people = wages_at(people, quarters, pl.col("exit_quarter") + 4, "fourth", "employers")
    people = wages_at(people, quarters, pl.col("entry_year") * 4, "before")
    people = wages_at(people, quarters, pl.col("entry_quarter") - 1, "just_before")
    for n in YEARS_AFTER_EXIT:
        autumn = (ends_in + n - 1) * 4 + 3
        people = wages_at(people, quarters, autumn, f"autumn_{n}", "constant")
        people = enrolled_in_quarter(people, ordinary, autumn, f"is_enrolled_{n}")
    place = quarters.select(
        "person_id", exit_quarter=pl.col("quarter") - 2, work_county_fips="county"
    )
    people = people.join(place, on=["person_id", "exit_quarter"], how="left").with_columns(
        pl.col("work_county_fips").fill_null(UNKNOWN_COUNTY),
        first_wage_quarter=pl.lit(src.feeds["wage"]["quarter"].min()),
    )
    people = _in_year(people, year_wages(quarters), 1)
    people = people.with_columns(is_in_sector(people, "sector_code", "second_naics", src))
    level = pl.col("level").replace_strict({k: i for i, k in enumerate(LEVELS)})
    highest = (
        people.select(PERSON_YEAR)
        .join(awards(src).select("person_id", "day", "level"), on="person_id", how="left")
        .group_by(PERSON_YEAR)
        .agg(level.filter(pl.col("day") <= pl.date(pl.col("year") + 1, 6, 30)).max().fill_null(0))
        .select(
            *PERSON_YEAR, credential_type=pl.col("level").replace_strict(dict(enumerate(LEVELS)))
        )
    )
    sector = people.select(*PERSON_YEAR, pathway_sector="sector_code")
    return under_dimensions(people, sector, highest, on=PERSON_YEAR)


def award_earner(src: Sources) -> pl.DataFrame:
    """Return people by the highest award of each year."""
    quarters, ordinary = quarterly_wages(src), terms(src)
    years = year_wages(quarters)
    earned = awards(src).with_columns(
        rank=pl.col("level").replace_strict({k: i for i, k in enumerate(LEVELS)}),
        units_rank=pl.col("award_type").replace_strict(
            {k: i for i, k in enumerate("NMTF", start=1)}, default=0, return_dtype=pl.Int32
        ),
    )
    people = (
        earned.sort(
            "rank",
            "units_rank",
            "day",
            "institution_id",
            "award_id",
            descending=[True, True, True, False, False],
        )
        .unique(PERSON_YEAR, keep="first", maintain_order=True)
        .drop("district_id", "program", "rank", "units_rank", "award_id")
    )
    people = living_wages(with_coverage(people, src), src)
    award_quarter = quarter_of("day")
    people = wages_at(people, quarters, award_quarter + 2, "second", *OF_EMPLOYERS)
    people = enrolled_in_quarter(people, ordinary, award_quarter + 2, "is_enrolled_second")
    later = (
        people.select(*PERSON_YEAR, awarded="day")
        .join(ordinary.select("person_id", "day"), on="person_id")
        .filter(pl.col("day") > pl.col("awarded"))
        .group_by(PERSON_YEAR)
        .agg(next_term=pl.col("day").min())
    )
    attended = ordinary.group_by("person_id").agg(term_years=pl.col("year").unique())
    people = people.join(later, on=PERSON_YEAR, how="left").join(attended, PERSON, "left")
    for n in YEARS_AFTER_AWARD:
        people = _in_year(people, years, n)
    people = people.with_columns(is_in_sector(people, "sector_code", "second_naics", src))
    sector = people.select(*PERSON_YEAR, pathway_sector="sector_code")
    kind = people.select(
        *PERSON_YEAR,
        credential_type=pl.coalesce(
            pl.col("award_type").replace_strict(AWARD_TYPES, default=None), "level"
        ),
    )
    return under_dimensions(people, sector, kind, on=PERSON_YEAR)


COHORTS = {p.__name__: p for p in (exiter, award_earner)}
OF_EMPLOYERS = ("naics", "employers")


def _entries(people: pl.DataFrame, ordinary: pl.DataFrame) -> pl.DataFrame:
    """Return when people entered college before they left it.

    That is the first term of the latest academic year, up to the exit's, with no term in the year
    before. Columns: `person_id, year, entry_date, entry_year, entry_quarter`.
    """
    by_year = ordinary.group_by(PERSON_YEAR).agg(entry_date=pl.col("day").min())
    went_before = by_year.select("person_id", year=pl.col("year") + 1)
    entries = by_year.join(went_before, on=PERSON_YEAR, how="anti").rename({"year": "entry_year"})
    return (
        people.select(PERSON_YEAR)
        .join(entries, on="person_id")
        .filter(pl.col("entry_year") <= pl.col("year"))
        .sort("entry_year")
        .unique(PERSON_YEAR, keep="last", maintain_order=True)
        .with_columns(entry_quarter=quarter_of("entry_date"))
    )


def _first_award_since(people: pl.DataFrame, src: Sources) -> pl.DataFrame:
    """Return the day of the first award from the entry that an exit ends."""
    since = people.select(*PERSON_YEAR, "entry_date").join(
        awards(src).select("person_id", "day"), on="person_id"
    )
    since = since.filter(pl.col("day") >= pl.col("entry_date"))
    return since.group_by(PERSON_YEAR).agg(first_award=pl.col("day").min())


def living_wages(people: pl.DataFrame, src: Sources) -> pl.DataFrame:
    """Return the people with the living wage where their institution is.

    `living_wage_constant` is the county's in dollars of the base year, as constant wages are.
    """
    micro = (
        src.county_microregion.join(src.living_wage, on="county_fips")
        .group_by("microregion")
        .agg(microregion_living_wage=pl.col("living_wage_usd").mean())
    )
    where = src.institution.select("institution_id", "county_fips", "microregion")
    of_vintage = dict(src.price_factor.iter_rows())[LIVING_WAGE_VINTAGE]
    return (
        people.join(where, on="institution_id", how="left")
        .join(src.living_wage, on="county_fips", how="left")
        .join(micro, on="microregion", how="left")
        .with_columns(living_wage_constant=(pl.col("living_wage_usd") * of_vintage).round(2))
        .drop("county_fips", "microregion")
    )


def _in_year(people: pl.DataFrame, years: pl.DataFrame, n: int) -> pl.DataFrame:
    """Return the people with their wages of the year so many after, if they are matchable."""
    names = {c: f"year_{n}_{c}" for c in ("wages", "constant", "n_quarters")}
    shifted = years.rename(names).with_columns(pl.col("year").cast(pl.Int32) - n)
    joined = people.join(shifted, on=PERSON_YEAR, how="left")
    return joined.with_columns(pl.when("is_matchable").then(c).alias(c) for c in names.values())
