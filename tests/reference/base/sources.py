"""What the reference reads: accepted feeds with a person on every row, regions, sectors.

Only the accepted Parquet files, the person crosswalk and the seed tables are read here. No metric
is defined in this module, and nothing is written.

Academic years are counted as integers from here on (2023 is '2023-24') and quarters as
`4 * year + quarter - 1`, so that "the next year" and "two quarters later" are additions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds"

PERSON_FEEDS = (
    "k12_enrollment",
    "k12_pathway",
    "work_based_learning",
    "dual_enrollment",
    "college_enrollment",
    "credential",
    "wage",
    "initiative_participation",
)

#: Constant dollars are dollars of this year.
PRICES_OF = 2023

#: Where people work whose county no wage record says.
UNKNOWN_COUNTY = "unknown"

#: First and last day of each season's term, within the calendar year of the term id.
TERM_DAYS = {
    "SU": ((6, 15), (8, 10)),
    "FA": ((8, 20), (12, 15)),
    "WI": ((1, 2), (2, 12)),
    "SP": ((1, 20), (5, 25)),
}


@dataclass(frozen=True, eq=False)
class Sources:
    """The whole input of the reference, read once.

    Attributes:
        feeds: Accepted rows by feed. Person feeds carry `person_id`, `match_method` and `year` (or
            `quarter`).
        place_regions: One row per place (institution or county of work) and region it lies in.
        institution: One row per registered institution: `institution_id, institution_type,
            district_id` (its own id where no district is known), `county_fips, microregion`.
        pathway_sector: `sector_prefix` (first two digits of a pathway) to `sector_code`.
        award_level: `award_type_code, level` (certificate, associate, bachelor, …).
        program_sector: `taxonomy`, `program_code`, `sector_code`.
        county_microregion: `county_fips, microregion`.
        living_wage: `county_fips`, `living_wage_usd` for a single adult.
        price_factor: `calendar_year`, `factor` that turns its dollars into those of the base year.
        sector_industries: By sector, what the NAICS codes of its industries begin with.
        period_ends: Per feed, the first and the last day that its accepted periods cover.
        gaps: One row per feed, submitter, place it reports and period it left out between its first
            and last, or right after its last: `feed, place_id, first_day, last_day, is_after_last`.
    """

    feeds: dict[str, pl.DataFrame]
    place_regions: pl.DataFrame
    institution: pl.DataFrame
    pathway_sector: pl.DataFrame
    award_level: pl.DataFrame
    program_sector: pl.DataFrame
    county_microregion: pl.DataFrame
    living_wage: pl.DataFrame
    price_factor: pl.DataFrame
    sector_industries: dict[str, tuple[str, ...]]
    period_ends: dict[str, tuple[date, date]]
    gaps: pl.DataFrame


def year_number(academic_year: str) -> pl.Expr:
    """Return the calendar year in which an academic year starts, as an integer."""
    return pl.col(academic_year).str.head(4).cast(pl.Int32)


def year_label(year: pl.Expr) -> pl.Expr:
    """Return the written form of an integer academic year: 2023 becomes '2023-24'."""
    return pl.format("{}-{}", year, ((year + 1) % 100).cast(pl.String).str.zfill(2))


def term_day(term_id: str, end: bool) -> pl.Expr:
    """Return the first (or last) day of a term such as '2023FA'."""
    year = pl.col(term_id).str.head(4).cast(pl.Int32)
    season = pl.col(term_id).str.tail(2)
    days = {name: bounds[int(end)] for name, bounds in TERM_DAYS.items()}
    month = season.replace_strict({s: m for s, (m, _) in days.items()}, return_dtype=pl.Int8)
    day = season.replace_strict({s: d for s, (_, d) in days.items()}, return_dtype=pl.Int8)
    return pl.date(year, month, day)


def quarter_of(day: str) -> pl.Expr:
    """Return the number of the calendar quarter that contains a date."""
    return pl.col(day).dt.year() * 4 + pl.col(day).dt.quarter().cast(pl.Int32) - 1


def read_feed(home: Path, feed: str) -> pl.DataFrame:
    """Return every accepted row of a feed, over all periods and submitters."""
    files = sorted((home / "accepted" / feed).rglob("*.parquet"))
    return pl.concat([pl.read_parquet(f, hive_partitioning=False) for f in files])


def with_person(rows: pl.DataFrame, feed: str, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of people whom linkage knows, with their `person_id` and `match_method`."""
    keys = crosswalk.filter(pl.col("source") == feed).drop("source")
    return rows.join(keys, on="source_person_key")


def with_time(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `year`, and `quarter` as a number where the feed is quarterly."""
    if "quarter" in rows.columns:
        number = pl.col("quarter").str.head(4).cast(pl.Int32) * 4
        return rows.with_columns(number + pl.col("quarter").str.tail(1).cast(pl.Int32) - 1)
    rows = rows.with_columns(year=year_number("academic_year"))
    if "term_id" in rows.columns:
        rows = rows.with_columns(
            term_start=term_day("term_id", end=False), term_end=term_day("term_id", end=True)
        )
    return rows


def covered_days(rows: pl.DataFrame) -> tuple[date, date] | None:
    """Return the first and last day of the periods in a feed, or nothing for an empty feed."""
    if rows.is_empty():
        return None
    if "quarter" in rows.columns:
        quarters = rows["quarter"].to_list()
        first, last = min(quarters), max(quarters)
        after = last + 1
        start = date(first // 4, first % 4 * 3 + 1, 1)
        following = date(after // 4, after % 4 * 3 + 1, 1)
        return start, date.fromordinal(following.toordinal() - 1)
    years = rows["year"].to_list()
    return date(min(years), 7, 1), date(max(years) + 1, 6, 30)


def left_out(feed: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the periods that submitters of a feed left out, at every place they report."""
    number = "quarter" if "quarter" in rows.columns else "year"
    place = next((c for c in ("school_id", "institution_id") if c in rows.columns), None)
    gaps = []
    if feed in ("college_enrollment", "credential"):
        # A report from outside says nothing of what a college has not delivered.
        rows = rows.filter(pl.col("submitter") == pl.col("institution_id"))
    feed_last = rows[number].max()
    for (submitter,), delivered in rows.group_by("submitter"):
        periods = set(delivered[number].to_list())
        last = max(periods)
        missing = set(range(min(periods), min(last + 1, feed_last) + 1)) - periods
        places = delivered[place].unique().to_list() if place else [None]
        for period in missing:
            days = covered_days(pl.DataFrame({number: [period]})) or ()
            gaps += [(feed, submitter, p, *days, period > last) for p in places]
    columns = {
        "feed": pl.String,
        "submitter": pl.String,
        "place_id": pl.String,
        "first_day": pl.Date,
        "last_day": pl.Date,
        "is_after_last": pl.Boolean,
    }
    return pl.DataFrame(gaps, schema=columns, orient="row")


def read_seed(name: str) -> pl.DataFrame:
    """Return a seed table with every column as text, as codes have leading zeros."""
    return pl.read_csv(SEEDS / f"{name}.csv", infer_schema=False)


def read_counties() -> pl.DataFrame:
    """Return one row per county, with a column for its region in each scheme."""
    regions = read_seed("county_region").pivot("scheme", index="county_fips", values="region")
    return read_seed("county_code").select("county_fips").join(regions, on="county_fips")


def latest_institutions(institution: pl.DataFrame) -> pl.DataFrame:
    """Return one row per institution, as it was last described."""
    return institution.sort("year").unique("institution_id", keep="last")


def described(institutions: pl.DataFrame, county: pl.DataFrame) -> pl.DataFrame:
    """Return what metrics ask of an institution: its type, district, county and microregion."""
    return institutions.join(
        county.select("county_fips", county_microregion="microregion"), "county_fips", "left"
    ).select(
        "institution_id",
        "county_fips",
        institution_type="institution_type_code",
        district_id=pl.coalesce("parent_institution_id", "institution_id"),
        microregion=pl.coalesce("microregion", "county_microregion"),
    )


def places(
    institutions: pl.DataFrame, county: pl.DataFrame, feeds: Iterable[pl.DataFrame]
) -> pl.DataFrame:
    """Return one row per place that a person can be counted at, with what decides its regions.

    Places are the institutions that the registry or any record names, the counties of work, and
    the unknown county of work.
    """
    named = [
        rows.select(institution_id=c)
        for rows in feeds
        for c in ("school_id", "institution_id")
        if c in rows.columns
    ]
    every = pl.concat([institutions.select("institution_id"), *named]).unique()
    registered = every.join(institutions, on="institution_id", how="left").select(
        "county_fips",
        "microregion",
        place_id="institution_id",
        institution="institution_id",
        district="parent_institution_id",
    )
    work = county.select("county_fips", place_id="county_fips")
    unknown = pl.DataFrame({"place_id": [UNKNOWN_COUNTY]})
    return pl.concat([registered, work, unknown], how="diagonal")


def regions_of(place: pl.DataFrame, county: pl.DataFrame) -> pl.DataFrame:
    """Return one row per place and region: `place_id, region_scheme, region_id`.

    An institution's own microregion, where it is given, also decides its region in schemes made of
    microregions: a college can belong to the consortium of a neighbouring county.
    """
    own = place.select("place_id", "county_fips", own_microregion="microregion")
    placed = own.join(county, on="county_fips", how="left").with_columns(
        pl.coalesce("own_microregion", "microregion").alias("microregion")
    )
    flags = read_seed("region_scheme").rows_by_key("scheme", named=True, unique=True)
    regions = {"statewide": place.select("place_id", name=pl.lit("California"))}
    for scheme in read_seed("county_region")["scheme"].unique():
        if flags[scheme]["is_made_of_microregions"] == "true":
            by_microregion = county.select("microregion", name=scheme).unique()
            regions[scheme] = placed.join(by_microregion, on="microregion")
        else:
            regions[scheme] = placed.select("place_id", name=scheme)
    for scheme, column in {
        "county": "county_fips", "institution": "institution", "district": "district"
    }.items():  # fmt: skip
        regions[scheme] = place.select("place_id", name=column)
    return pl.concat(
        frame.select(
            "place_id",
            region_scheme=pl.lit(scheme),
            region_id=pl.format("{}:{}", pl.lit(scheme), "name"),
        )
        for scheme, frame in regions.items()
    ).drop_nulls()


def consortium_regions(place: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Return one row per place and consortium that it or its district was ever a member of."""
    joined = members.filter(pl.col("member_type_code") != "EMPLOYER").select(
        "member_id", region_id=pl.format("consortium:{}", "consortium_id")
    )
    as_member = [
        place.select("place_id", member_id=c).join(joined, on="member_id")
        for c in ("institution", "district")
    ]
    return (
        pl.concat(as_member)
        .unique(["place_id", "region_id"])
        .select("place_id", region_scheme=pl.lit("consortium"), region_id="region_id")
    )


def single_adult_living_wage() -> pl.DataFrame:
    """Return what a single adult needs in a year, by county, in the latest vintage."""
    single = read_seed("living_wage").filter(pl.col("family_type") == "single_adult")
    latest = single.filter(pl.col("vintage") == pl.col("vintage").max())
    return latest.select("county_fips", living_wage_usd=pl.col("annual_usd").cast(pl.Float64))


def price_factor() -> pl.DataFrame:
    """Return what a dollar of each calendar year is worth in dollars of the base year."""
    index = read_seed("cpi").select(
        pl.col("calendar_year").cast(pl.Int32), index=pl.col("index_value").cast(pl.Float64)
    )
    base = index.filter(pl.col("calendar_year") == PRICES_OF)["index"].item()
    return index.select("calendar_year", factor=base / pl.col("index"))


def sector_industries() -> dict[str, tuple[str, ...]]:
    """Return, by sector, what the NAICS codes of its industries begin with."""
    prefixes = read_seed("sector_industry").group_by("sector_code").agg("naics_prefix")
    return {sector: tuple(codes) for sector, codes in prefixes.iter_rows()}


def read_sources(home: Path) -> Sources:
    """Return everything the metrics need from a data home and the seeds."""
    crosswalk = pl.read_parquet(home / "identity" / "person_crosswalk.parquet")
    feeds = {f: with_time(with_person(read_feed(home, f), f, crosswalk)) for f in PERSON_FEEDS}
    every_row = {f: with_time(read_feed(home, f)) for f in (*PERSON_FEEDS, "institution")}
    institutions = latest_institutions(every_row["institution"])
    county = read_counties()
    covered = {f: covered_days(rows) for f, rows in every_row.items()}
    place = places(institutions, county, every_row.values())
    # Colleges of other states are in no region.
    elsewhere = pl.concat(
        every_row[f].filter(pl.col("college_state_code") != "CA").select("institution_id")
        for f in ("college_enrollment", "credential")
    ).join(institutions, on="institution_id", how="anti")
    place = place.join(elsewhere, left_on="place_id", right_on="institution_id", how="anti")
    consortia = consortium_regions(place, read_feed(home, "consortium_member"))
    return Sources(
        feeds=feeds,
        place_regions=pl.concat([regions_of(place, county), consortia]),
        institution=described(institutions, county),
        pathway_sector=read_seed("cte_sector").select(
            sector_prefix="pathway_code_prefix", sector_code="sector_code"
        ),
        award_level=read_seed("award_type").select("award_type_code", level="award_level"),
        program_sector=read_seed("program_sector")
        .select("taxonomy", "program_code", "sector_code")
        .drop_nulls(),
        county_microregion=county.select("county_fips", "microregion"),
        living_wage=single_adult_living_wage(),
        price_factor=price_factor(),
        sector_industries=sector_industries(),
        period_ends={f: days for f, days in covered.items() if days},
        gaps=pl.concat(left_out(f, every_row[f]) for f in PERSON_FEEDS),
    )
