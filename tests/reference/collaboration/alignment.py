"""Completers against openings, and momentum of college entrants."""

import polars as pl

from tests.reference.base.coverage import Window, complete_rows
from tests.reference.base.people import awards, program_sector, terms
from tests.reference.base.sources import quarter_of, read_seed, year_label
from tests.reference.base.statistics import wilson
from tests.reference.base.wages import is_in_sector, quarterly_wages, with_coverage
from tests.reference.collaboration.inputs import SCHEMES, Inputs, counties_in_regions
from tests.reference.metrics.earnings import LIVING_WAGE_VINTAGE

LEVEL_OF_AWARD = {"associate": "associate", "bachelor": "bachelor"}
HOURS = 2080
#: Feeds that completers of a level are read from: years before the year, months after it.
DIPLOMA: dict[str, Window] = {"k12_enrollment": (0, 0), "k12_pathway": (3, 0)}
AWARD: dict[str, Window] = {"credential": (0, 0)}
SUPPLY = {
    "high_school": DIPLOMA,
    **dict.fromkeys(("certificate", "associate", "bachelor"), AWARD),
    "all": DIPLOMA | AWARD,
}
#: Of momentum points: first means first in two years more; dual enrollment is three years'.
ENTRY: dict[str, Window] = {"college_enrollment": (2, 0)}
OF_POINT: dict[str, dict[str, Window]] = {
    "fall_to_fall": {"college_enrollment": (2, 12)},
    **dict.fromkeys(
        ("entered_with_dual_enrollment_units", "entered_with_12_dual_enrollment_units"),
        ENTRY | {"dual_enrollment": (3, 0)},
    ),
}


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
    kinds = read_seed("award_type").filter(pl.col("is_credential") == "true")
    award = (
        awards(src.people)
        .filter(pl.col("award_type").is_in(kinds["award_type_code"].implode()))
        .select(
            "person_id",
            "year",
            "day",
            sector="sector_code",
            place="institution_id",
            level=pl.col("level").replace_strict(LEVEL_OF_AWARD, default="certificate"),
        )
    )
    who = (
        pl.concat([pathway, award.select(pathway.columns)])
        .drop_nulls("sector")
        .group_by("person_id", "year", "place", "sector", "level")
        .agg(pl.col("day").max())
    )
    jobs = quarterly_wages(src.people).filter(pl.col("wages") > 0)
    who = (
        with_coverage(who, src.people)
        .with_columns(quarter=quarter_of("day") + 2)
        .join(jobs, on=["person_id", "quarter"], how="left")
    )
    works = pl.col("is_matchable") & pl.col("wages").is_not_null()
    fits = is_in_sector(who, "sector", "naics", src.people).fill_null(False)
    return who.with_columns(matchable="is_matchable", employed=works, in_sector=works & fits)


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
    place = counties_in_regions()
    wage = living_wages(src)
    levels = dict(
        read_seed("entry_education").select("entry_education_code", "credential_level").rows()
    )
    occupation = (
        read_seed("occupation_program")
        .select(
            "soc_code",
            sector=pl.coalesce(
                program_sector(src.people, "TOP", pl.col("top_code")),
                program_sector(src.people, "CIP", pl.col("cip_code")),
            ),
        )
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
        wage, on=["region_id", "year"], how="left"
    )
    counts = [c for c in both.columns if c.startswith("completers")]
    hourly = pl.col("paid") / pl.col("employment")
    middle = pl.col("openings").median().over("year", "region_id", "level")
    employed, works = pl.col("completers_employed"), pl.col("completers_in_sector")
    low, high = wilson(works, employed)
    # Of completers of high school those are known who met a college, or whom a bridge knows.
    completed, matchable = (pl.col(f"completers{of}").fill_null(0) for of in ("", "_matchable"))
    known = pl.when(completed > 0).then(matchable / completed)
    too_few = (pl.col("level").is_in(["high_school", "all"]) & (known < 0.8)).fill_null(False)
    with_wages = {level: reads | {"wage": (0, 6)} for level, reads in SUPPLY.items()}
    return both.with_columns(pl.col(counts).fill_null(0)).select(
        "region_id",
        "openings",
        *counts,
        academic_year=year_label(pl.col("year")),
        pathway_sector_code="sector",
        credential_level="level",
        supply_gap=pl.col("openings").cast(pl.Int64) - pl.col("completers"),
        hourly_wage_usd=hourly,
        living_wage_usd="living_wage_usd",
        is_high_wage=hourly * HOURS >= pl.col("living_wage_usd"),
        is_in_demand=pl.col("openings") >= middle,
        share_in_sector=pl.when((employed > 0) & ~too_few).then(works / employed),
        share_in_sector_low=pl.when((employed > 0) & ~too_few).then(low),
        share_in_sector_high=pl.when((employed > 0) & ~too_few).then(high),
        matchable_share=known,
        share_withheld_because=pl.when(too_few).then(
            pl.lit("a share below 0.8 can be looked up in wage records")
        ),
        is_supply_complete=complete_rows(both, "level", SUPPLY, src.people),
        is_wage_complete=complete_rows(both, "level", with_wages, src.people),
    )


def living_wages(src: Inputs) -> pl.DataFrame:
    """Return the living wage by region and year, at the prices of the year's autumn.

    It is that of the county in which the middle earner works, counties sorted by their wage.
    """
    earners = (
        quarterly_wages(src.people)
        .drop_nulls("county")
        .group_by(county_fips="county")
        .len("weight")
    )
    counties = (
        counties_in_regions()
        .join(src.people.living_wage, on="county_fips")
        .join(earners, on="county_fips")
    )
    prices = read_seed("cpi").select(
        pl.col("calendar_year").cast(pl.Int32), pl.col("index_value").cast(pl.Float64)
    )
    index = dict(prices.iter_rows())
    rows = []
    for (region,), frame in counties.group_by("region_id"):
        left = frame["weight"].sum() / 2
        for wage, weight in (
            frame.sort("living_wage_usd").select("living_wage_usd", "weight").iter_rows()
        ):
            left -= weight
            if left <= 0:
                rows += [
                    (region, y, wage * i / index[LIVING_WAGE_VINTAGE]) for y, i in index.items()
                ]
                break
    return pl.DataFrame(
        rows,
        schema={"region_id": pl.String, "year": pl.Int32, "living_wage_usd": pl.Float64},
        orient="row",
    )


def momentum_point(src: Inputs) -> pl.DataFrame:
    """Return entrants and how many reached each point, by year of entry and region."""
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
    # Of two first colleges the one with more units attempted is home, as in the metrics.
    ordered = terms(src.people).sort(
        "term_start", "units_attempted", "institution_id", "term_id",
        descending=[False, True, False, False],
    )  # fmt: skip
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
    rows = pl.DataFrame(
        [(p, y, r, n, k, k / n) for (p, y, r), (n, k) in counts.items()],
        schema=["momentum_point", "year", "region_id", "entrants", "reached", "share"],
        orient="row",
    )
    reads = {point: OF_POINT.get(point, ENTRY) for point in rows["momentum_point"].unique()}
    return rows.with_columns(
        entry_year=year_label(pl.col("year")),
        is_complete=complete_rows(rows, "momentum_point", reads, src.people),
    )
