"""People who left college or earned an award, and their wages: populations and rules.

What a population is, is told in `high_school`. These also have `is_matchable` (a Social Security
number on any college record) and `is_matched` (and found in wages of any quarter).
"""

import polars as pl

from .cells import Rule
from .college import concentrations
from .people import (
    COMMUNITY_COLLEGE,
    awards,
    enrolled_in_quarter,
    program_sector,
    quarterly_wages,
    terms,
    under_lenses,
    wages_at,
    with_coverage,
    year_wages,
)
from .sources import UNKNOWN_COUNTY, Sources, quarter_of

PERSON, PERSON_YEAR = ["person_id"], ["person_id", "year"]
LEVELS = ("none", "industry", "certificate", "apprenticeship", "associate", "bachelor")
AWARD_TYPES = {
    **dict.fromkeys(("M", "T", "F"), "certificate_16_units"),
    **dict.fromkeys(("O", "G"), "certificate_other"),
    "N": "certificate_under_16_units",
}
#: Wages of a year from which its earner counts as attached to the labour force.
ATTACHMENT_FLOOR_USD = 12687.5
YEARS_AFTER_EXIT = (1, 3, 5, 10)
YEARS_AFTER_AWARD = (-2, 1, 2, 3, 5, 10)


def cte_exits(src: Sources) -> pl.DataFrame:
    """Return one row per person and exit year whose last program belongs to a CTE sector.

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
    order = ["term_end", "institution_id", "submitter", "row_number"]
    return (
        last_years.sort(order)
        .group_by(PERSON_YEAR, maintain_order=True)
        .agg(
            pl.col("institution_id").last(),
            exit_date=pl.col("term_end").last(),
            # The last term's program, else the one declared most recently in that year.
            top=pl.col("program_top_code").drop_nulls().last(),
        )
        .with_columns(
            sector_code=program_sector(src, "TOP", pl.col("top")),
            exit_quarter=quarter_of("exit_date"),
        )
        .drop_nulls("sector_code")
        .drop("top")
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
    people = _in_sector_of_training(people, src)
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
    return under_lenses(people, sector, highest, on=PERSON_YEAR)


def award_earner(src: Sources) -> pl.DataFrame:
    """Return people by the highest award of each year."""
    quarters, ordinary = quarterly_wages(src), terms(src)
    years = year_wages(quarters)
    earned = awards(src).with_columns(
        rank=pl.col("level").replace_strict({k: i for i, k in enumerate(LEVELS)})
    )
    people = (
        earned.sort(
            "rank", "day", "institution_id", "award_id", descending=[True, True, False, False]
        )
        .unique(PERSON_YEAR, keep="first", maintain_order=True)
        .drop("district_id", "program", "rank", "award_id")
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
    people = _in_sector_of_training(people, src)
    sector = people.select(*PERSON_YEAR, pathway_sector="sector_code")
    kind = people.select(
        *PERSON_YEAR,
        credential_type=pl.coalesce(
            pl.col("award_type").replace_strict(AWARD_TYPES, default=None), "level"
        ),
    )
    return under_lenses(people, sector, kind, on=PERSON_YEAR)


POPULATIONS = {p.__name__: p for p in (exiter, award_earner)}
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
    """Return the people with the living wage where their institution is."""
    micro = (
        src.county_microregion.join(src.living_wage, on="county_fips")
        .group_by("microregion")
        .agg(microregion_living_wage=pl.col("living_wage_usd").mean())
    )
    where = src.institution.select("institution_id", "county_fips", "microregion")
    return (
        people.join(where, on="institution_id", how="left")
        .join(src.living_wage, on="county_fips", how="left")
        .join(micro, on="microregion", how="left")
        .drop("county_fips", "microregion")
    )


def _in_year(people: pl.DataFrame, years: pl.DataFrame, n: int) -> pl.DataFrame:
    """Return the people with their wages of the year so many after, if they are matchable."""
    names = {c: f"year_{n}_{c}" for c in ("wages", "constant", "n_quarters")}
    found = years.rename(names).with_columns(pl.col("year").cast(pl.Int32) - n)
    joined = people.join(found, on=PERSON_YEAR, how="left")
    return joined.with_columns(pl.when("is_matchable").then(c).alias(c) for c in names.values())


def _in_sector_of_training(people: pl.DataFrame, src: Sources) -> pl.DataFrame:
    employed = people.select("sector_code", "second_naics").drop_nulls().unique()
    fits = [
        code.startswith(src.sector_industries.get(sector, ()))
        for sector, code in employed.iter_rows()
    ]
    told = employed.with_columns(is_in_sector=pl.Series(fits, dtype=pl.Boolean))
    return people.join(told, on=["sector_code", "second_naics"], how="left")


def _rules() -> dict[tuple[str, str], Rule]:
    c = pl.col
    annual = c("autumn_1") * 4
    both = c("autumn_1").is_not_null() & c("before").is_not_null()
    same_employer = (
        c("second_employers").list.set_intersection(c("fourth_employers")).list.len() > 0
    )
    has_second, has_autumn = c("second").is_not_null(), c("autumn_1").is_not_null()
    seen_before = c("entry_quarter") - 1 >= c("first_wage_quarter")
    credential = c("first_award") <= c("exit_date").dt.offset_by("12mo")
    year_1 = c("year_1_wages")
    rules = {
        ("employed_second_quarter_rate", "calendar_quarter"): Rule(
            "exiter", c("second") > 0, found=c("is_matchable")
        ),
        ("employed_second_quarter_rate", "ccc_fiscal_year"): Rule(
            "exiter", c("autumn_1") > 0, found=c("is_matchable")
        ),
        ("employed_fourth_quarter_rate", "calendar_quarter"): Rule(
            "exiter", c("fourth") > 0, found=c("is_matchable")
        ),
        ("employed_second_quarter_count", "calendar_quarter"): Rule("exiter", found=has_second),
        ("newly_employed_rate", "quarter_before_entry"): Rule(
            "exiter",
            c("autumn_1") > 0,
            of=seen_before,
            found=c("is_matchable") & c("just_before").is_null(),
        ),
        ("employer_retention_rate", "second_to_fourth_quarter"): Rule(
            "exiter", same_employer, found=has_second
        ),
        ("employed_in_sector_of_training_rate", "exiter_second_quarter"): Rule(
            "exiter", c("is_in_sector"), found=has_second
        ),
        ("living_wage_rate", "oct_dec_x4_2024"): Rule(
            "exiter", annual >= c("living_wage_usd"), found=has_autumn
        ),
        ("living_wage_rate", "july_june_microregion_2024"): Rule(
            "exiter", year_1 >= c("microregion_living_wage"), found=year_1.is_not_null()
        ),
        ("median_annual_earnings_usd", "july_june_sum"): Rule(
            "exiter", found=year_1.is_not_null(), amount=year_1
        ),
        ("median_annual_earnings_constant_usd", "oct_dec_x4"): Rule(
            "exiter",
            found=c("autumn_1_constant").is_not_null(),
            amount=c("autumn_1_constant") * 4,
        ),
        ("median_earnings_change_usd", "jan_mar_to_oct_dec"): Rule(
            "exiter", found=both, amount=(c("autumn_1") - c("before")) * 4
        ),
        ("median_earnings_change_ratio", "jan_mar_to_oct_dec"): Rule(
            "exiter", found=both, amount=c("autumn_1") / c("before") - 1
        ),
        ("median_fourth_quarter_earnings_usd", "calendar_quarter"): Rule(
            "exiter", found=c("fourth").is_not_null(), amount=c("fourth")
        ),
        ("perkins_placement_rate", "leavers"): Rule(
            "exiter", c("second") > 0, of=c("is_concentrator"), found=c("is_matchable")
        ),
        ("perkins_credential_rate", "one_year"): Rule(
            "exiter", credential, of=c("is_concentrator")
        ),
        ("wioa_credential_rate", "one_year"): Rule("exiter", credential),
    }
    for statistic in ("p25", "median", "p75"):
        rules[f"{statistic}_quarterly_earnings_usd", "calendar_quarter"] = Rule(
            "exiter", found=has_second, amount=c("second")
        )
        rules[f"{statistic}_annual_earnings_usd", "oct_dec_x4"] = Rule(
            "exiter", found=has_autumn, amount=annual
        )
    for n in YEARS_AFTER_EXIT:
        name = "1_year" if n == 1 else f"{n}_years"
        enrolled = c(f"is_enrolled_{n}")
        rules["median_earnings_years_after_exit_usd", name] = Rule(
            "exiter",
            found=c(f"autumn_{n}").is_not_null() & ~enrolled,
            amount=c(f"autumn_{n}") * 4,
        )
        if n > 1:
            rules["enrolled_again_count", name] = Rule("exiter", found=enrolled)
    return rules | _award_rules()


def _award_rules() -> dict[tuple[str, str], Rule]:
    c = pl.col
    local = c("institution_type") == COMMUNITY_COLLEGE
    rules = {
        ("sustained_employment_rate", "four_quarters_without_hours"): Rule(
            "award_earner", c("year_1_n_quarters") == 4, found=c("is_matchable")
        ),
        ("employed_in_sector_of_training_rate", "award_second_quarter"): Rule(
            "award_earner",
            c("is_in_sector"),
            found=c("sector_code").is_not_null()
            & c("second").is_not_null()
            & ~c("is_enrolled_second"),
        ),
        ("perkins_placement_rate", "award_earners"): Rule(
            "award_earner",
            (c("second") > 0).fill_null(False) | c("is_enrolled_second"),
            of=local & c("sector_code").is_not_null(),
            found=c("is_matchable"),
        ),
    }

    def wages(n: int) -> pl.Expr:
        return c(f"year_{n}_wages")

    def enrolled(n: int) -> pl.Expr:
        return c("term_years").list.contains(c("year") + n).fill_null(False)

    def settled(n: int) -> Rule:
        until = pl.date(c("year") + 1 + max(n, 2), 6, 30)
        went_on = (c("next_term") <= until).fill_null(False)
        constant = c(f"year_{n}_constant")
        return Rule(
            "award_earner", of=local & ~went_on, found=constant.is_not_null(), amount=constant
        )

    for n in (1, 3, 5, 10):
        name = "1_year" if n == 1 else f"{n}_years"
        rules["median_earnings_years_after_award_usd", name] = Rule(
            "award_earner", found=wages(n).is_not_null() & ~enrolled(n), amount=wages(n)
        )
        rules["enrolled_after_award_count", name] = Rule("award_earner", found=enrolled(n))
    for n in (1, 5, 10):
        name = "1_year" if n == 1 else f"{n}_years"
        attached = (c(f"year_{n}_n_quarters") >= 3) & (wages(n) >= ATTACHMENT_FLOOR_USD)
        for statistic in ("p25", "median", "p75"):
            rules[f"attached_{statistic}_earnings_usd", name] = Rule(
                "award_earner", found=attached, amount=wages(n)
            )
    for n in (3, 5, 10):
        rules["qualifying_employment_rate", f"{n}_years"] = Rule(
            "award_earner",
            (c(f"year_{n}_n_quarters") >= 2) & (wages(n) >= 3000),
            found=c("is_matchable"),
        )
    for n in (3, 5):
        rules["living_wage_after_award_rate", f"{n}_years_2024"] = Rule(
            "award_earner",
            wages(n) >= c("living_wage_usd"),
            found=wages(n).is_not_null() & ~enrolled(n) & c("living_wage_usd").is_not_null(),
        )
    rules["wage_tracker_earnings_usd", "3_years"] = settled(3)
    for n, name in ((-2, "2_years_before"), (2, "2_years_after"), (5, "5_years_after")):
        rules["salary_trajectory_usd", name] = settled(n)
    return rules


RULES = _rules()
