"""Completers against openings, and momentum of college entrants."""

import polars as pl

from tests.reference.base.people import SPECIAL_ADMIT
from tests.reference.base.sources import read_counties
from tests.reference.collaboration.initiatives import _year
from tests.reference.collaboration.inputs import SCHEMES, Inputs, seed

LEVEL_OF_AWARD = {"associate": "associate", "bachelor": "bachelor"}
HOURS = 2080


def _awards(src: Inputs) -> pl.DataFrame:
    kinds = seed("award_type").filter(pl.col("is_credential") == "true")
    return (
        src.feed("credential")
        .join(kinds.select("award_type_code", "award_level"), on="award_type_code")
        .with_columns(
            top=pl.col("program_top_code").str.head(4), cip=pl.col("cip_code").str.head(2)
        )
        .join(src.sector_of_top, on="top", how="left")
        .join(src.sector_of_cip, on="cip", how="left")
        .with_columns(sector=pl.coalesce("sector", "cip_sector"))
    )


def _completers(src: Inputs) -> pl.DataFrame:
    """Return completers with their level, and the industry of their main job two quarters on."""
    pathway = (
        src.completions.join(
            src.pathway_completions.filter("is_complete").rename({"year": "by"}), on="person_id"
        )
        .filter(pl.col("by") <= pl.col("completed_in"))
        .select(
            "person_id",
            "sector",
            year="completed_in",
            place="school_id",
            level=pl.lit("high_school"),
            day="completed_on",
        )
    )
    award = _awards(src).select(
        "person_id",
        "sector",
        "year",
        place="institution_id",
        level=pl.col("award_level").replace_strict(LEVEL_OF_AWARD, default="certificate"),
        day="award_date",
    )
    who = (
        pl.concat([pathway, award])
        .drop_nulls("sector")
        .group_by("person_id", "year", "place", "sector", "level")
        .agg(pl.col("day").max())
    )
    quarter = pl.col("day").dt.year() * 4 + pl.col("day").dt.quarter().cast(pl.Int32) - 1
    jobs = (
        src.feed("wage")
        .filter(pl.col("quarterly_wages_usd") > 0)
        .group_by("person_id", "quarter", "employer_account")
        .agg(pl.col("quarterly_wages_usd").sum(), pl.col("naics_code").max())
        .sort("quarterly_wages_usd", "employer_account", descending=[True, False])
        .unique(["person_id", "quarter"], keep="first", maintain_order=True)
        .select("person_id", "quarter", "naics_code")
    )
    numbers = [
        src.feed(f).filter("has_ssn").select("person_id")
        for f in ("dual_enrollment", "college_enrollment", "credential")
    ]
    known = pl.concat(numbers).unique().with_columns(matchable=True)
    who = (
        who.with_columns(quarter=quarter + 2)
        .join(known, on="person_id", how="left")
        .join(jobs.with_columns(paid=True), on=["person_id", "quarter"], how="left")
        .with_columns(pl.col("matchable", "paid").fill_null(False))
    )
    fits = [
        code is not None and code.startswith(src.people.sector_industries.get(sector, ()))
        for sector, code in who.select("sector", "naics_code").iter_rows()
    ]
    works = pl.col("matchable") & pl.col("paid")
    return who.with_columns(fits=pl.Series(fits)).with_columns(
        employed=works, in_sector=works & pl.col("fits")
    )


def regional_alignment(src: Inputs) -> pl.DataFrame:
    """Return completers and openings by year, region, sector and level."""
    keys = ["year", "region_id", "sector", "level"]
    regions = src.institution_regions.filter(pl.col("region_scheme").is_in(SCHEMES))
    people = _completers(src).join(regions, left_on="place", right_on="institution_id")
    people = pl.concat([people, people.with_columns(level=pl.lit("all"))])
    supply = (
        people.group_by(*keys, "person_id")
        .agg(pl.col("matchable", "employed", "in_sector").any())
        .group_by(keys)
        .agg(
            completers=pl.len(),
            completers_matchable=pl.col("matchable").sum(),
            completers_employed=pl.col("employed").sum(),
            completers_in_sector=pl.col("in_sector").sum(),
        )
    )
    county = read_counties()
    place = pl.concat(
        county.select("microregion", "county_fips", region_id=region)
        for region in (
            pl.lit("statewide:California"),
            pl.format("macroregion:{}", "macroregion"),
            pl.format("microregion:{}", "microregion"),
        )
    )
    wage = (
        place.join(src.people.living_wage, on="county_fips")
        .group_by("region_id")
        .agg(living_wage_usd=pl.col("living_wage_usd").median())
    )
    levels = dict(seed("entry_education").select("entry_education_code", "credential_level").rows())
    occupation = (
        seed("occupation_program")
        .with_columns(top=pl.col("top_code"), cip=pl.col("cip_code").str.head(2))
        .join(src.sector_of_top, on="top", how="left")
        .join(src.sector_of_cip, on="cip", how="left")
        .select("soc_code", sector=pl.coalesce("sector", "cip_sector"))
        .drop_nulls()
    )
    jobs = (
        src.demand.join(occupation, on="soc_code")
        .join(place.select("microregion", "region_id").unique(), on="microregion")
        .with_columns(level=pl.col("entry_education_code").replace_strict(levels))
    )
    jobs = pl.concat([jobs, jobs.with_columns(level=pl.lit("all"))])
    demand = jobs.group_by(keys).agg(
        openings=pl.col("annual_openings").sum(),
        employment=pl.col("employment_count").sum(),
        paid=(pl.col("median_hourly_wage_usd") * pl.col("employment_count")).sum(),
    )
    both = demand.join(supply, on=keys, how="full", coalesce=True).join(
        wage, on="region_id", how="left"
    )
    counts = [c for c in both.columns if c.startswith("completers")]
    hourly = pl.col("paid") / pl.col("employment")
    middle = pl.col("openings").median().over("year", "region_id", "level")
    employed = pl.col("completers_employed")
    return both.with_columns(pl.col(counts).fill_null(0)).select(
        "region_id",
        "openings",
        *counts,
        academic_year=_year(pl.col("year")),
        pathway_sector_code="sector",
        credential_level="level",
        supply_gap=pl.col("openings").cast(pl.Int64) - pl.col("completers"),
        hourly_wage_usd=hourly,
        living_wage_usd="living_wage_usd",
        is_high_wage=hourly * HOURS >= pl.col("living_wage_usd"),
        is_in_demand=pl.col("openings") >= middle,
        share_in_sector=pl.when(employed > 0).then(pl.col("completers_in_sector") / employed),
    )


def momentum_point(src: Inputs) -> pl.DataFrame:
    """Return entrants and how many reached each point, by year of entry and region."""
    terms = src.feed("college_enrollment").filter(pl.col("education_status_code") != SPECIAL_ADMIT)
    terms = terms.with_columns(season=pl.col("term_id").str.tail(2))
    dual = dict(
        src.feed("dual_enrollment").group_by("person_id").agg(pl.col("units_earned").sum()).rows()
    )
    regions = {}
    for institution, scheme, region in src.institution_regions.select(
        "institution_id", "region_scheme", "region_id"
    ).iter_rows():
        if scheme != "county":
            regions.setdefault(institution, []).append(region)
    counts: dict[tuple, list[int]] = {}
    ordered = terms.sort("term_start", "institution_id", "term_id")
    for (person,), rows in ordered.group_by("person_id", maintain_order=True):
        entry, college, season = rows["year"][0], rows["institution_id"][0], rows["season"][0]
        year = rows.filter(pl.col("year") == entry)
        units = year["units_earned"].sum()
        following = rows.filter((pl.col("year") == entry + 1) & (pl.col("season") == "FA"))
        brought = dual.get(person, 0)
        points = {
            "units_6_first_year": units >= 6,
            "units_15_first_year": units >= 15,
            "units_30_first_year": units >= 30,
            "entered_with_dual_enrollment_units": brought > 0,
            "entered_with_12_dual_enrollment_units": brought >= 12,
        }
        if season == "FA":
            points["fall_to_spring"] = "SP" in year["season"].to_list()
            points["fall_to_fall"] = following.height > 0
        for point, reached in points.items():
            for region in regions.get(college, []):
                cell = counts.setdefault((point, entry, region), [0, 0])
                cell[0] += 1
                cell[1] += bool(reached)
    return pl.DataFrame(
        [(p, y, r, n, k, k / n) for (p, y, r), (n, k) in counts.items()],
        schema=["momentum_point", "year", "region_id", "entrants", "reached", "share"],
        orient="row",
    ).with_columns(entry_year=_year(pl.col("year")))
