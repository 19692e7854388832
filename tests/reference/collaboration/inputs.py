"""What the reference reads: accepted feeds with persons, partners in regions, grants by year.

No measure is defined here. Academic years are integers: 2017 is 2017-18.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from tests.reference.base.people import PASSING_LETTERS, first_completion
from tests.reference.base.sources import (
    UNKNOWN_COUNTY,
    Sources,
    read_counties,
    read_feed,
    read_seed,
    read_sources,
    year_number,
)
from tests.reference.metrics.high_school import DIPLOMA, OTHER_COMPLETIONS

STATE = "statewide:California"
#: Regions that the collaboration tables speak of.
SCHEMES = ("statewide", "macroregion", "microregion")
#: All regions that the registry places institutions in.
REGISTERED_SCHEMES = (
    "statewide",
    "county",
    *read_seed("county_region")["scheme"].unique(maintain_order=True),
)


def start_year(day: str) -> pl.Expr:
    """Return the academic year of a date."""
    return pl.col(day).dt.year() - (pl.col(day).dt.month() < 7).cast(pl.Int32)


@dataclass(frozen=True)
class Inputs:
    """The whole input, read once; people's rows carry `person_id`."""

    people: Sources
    members: pl.DataFrame
    grants: pl.DataFrame
    demand: pl.DataFrame
    institutions: pl.DataFrame

    def feed(self, name: str) -> pl.DataFrame:
        """Return the accepted rows of a feed of people."""
        return self.people.feeds[name]

    @cached_property
    def institution_regions(self) -> pl.DataFrame:
        """Return one row an institution and region that the registry places it in."""
        work = [*read_seed("county_code")["county_fips"], UNKNOWN_COUNTY]
        return self.people.place_regions.filter(
            pl.col("region_scheme").is_in(REGISTERED_SCHEMES) & ~pl.col("place_id").is_in(work)
        ).rename({"place_id": "institution_id"})

    @cached_property
    def services(self) -> pl.DataFrame:
        """Return the services of years in which their grant runs."""
        return self.reported_services.filter("is_in_grant_years")

    @cached_property
    def reported_services(self) -> pl.DataFrame:
        """Return the services, with the grant's one consortium, and whether it runs in the year."""
        rows = self.feed("initiative_participation")
        consortium = (
            self.grant_lines.group_by("grant_id")
            .agg(pl.col("consortium_id").drop_nulls().unique())
            .filter(pl.col("consortium_id").list.len() == 1)
            .with_columns(pl.col("consortium_id").list.first())
        )
        years = self.grant_lines.group_by("grant_id").agg(
            begins=pl.col("first").min(), ends=pl.col("last").max()
        )
        runs = pl.col("year").is_between("begins", "ends").fill_null(True)
        return (
            rows.join(consortium, on="grant_id", how="left")
            .join(years, on="grant_id", how="left")
            .with_columns(is_in_grant_years=runs)
        )

    @cached_property
    def grant_lines(self) -> pl.DataFrame:
        """Return one row a grant line, with the first and last year it runs in."""
        last = self.grants["year"].max()
        ascending = ("initiative_code", "funder_name", "consortium_id", "institution_id")
        lines = self.grants.sort(
            "year",
            "grant_end_date",
            "grant_start_date",
            "award_amount_usd",
            *ascending,
            descending=[True, True, False, True] + [False] * len(ascending),
            nulls_last=[True, False] + [True] * (2 + len(ascending)),
        ).unique(["grant_id", "grant_line"], keep="first", maintain_order=True)
        silent = pl.when(pl.col("year") < last).then(pl.date(pl.col("year") + 1, 6, 30))
        return lines.with_columns(
            first=start_year("grant_start_date"),
            last=pl.coalesce(start_year("grant_end_date"), "year"),
            until=pl.coalesce("grant_end_date", silent),
            last_reported=pl.lit(last),
        ).with_columns(yearly=pl.col("award_amount_usd") / (pl.col("last") - pl.col("first") + 1))

    @cached_property
    def grant_years(self) -> pl.DataFrame:
        """Return one row a grant line and year it runs in, as far as is reported."""
        ends = pl.min_horizontal("last", "last_reported") + 1
        return (
            self.grant_lines.drop("year")
            .with_columns(year=pl.int_ranges("first", ends))
            .explode("year")
            .drop_nulls("year")
            .with_columns(pl.col("year").cast(pl.Int32))
        )

    @cached_property
    def memberships(self) -> pl.DataFrame:
        """Return one row a spell, with the year it was last reported and how it ended."""
        last = self.members["year"].max()
        spells = self.members.sort(
            "year",
            "left_date",
            "member_role_code",
            descending=[True, True, False],
            nulls_last=[True, False, True],
        ).unique(["consortium_id", "member_id", "joined_date"], keep="first", maintain_order=True)
        unreported = pl.when(pl.col("year") < last).then(pl.date(pl.col("year") + 1, 6, 30))
        return (
            spells.with_columns(
                until=pl.coalesce("left_date", unreported),
            )
            .sort("until", nulls_last=True)
            .unique(["consortium_id", "partner_id", "joined_date"], keep="last")
        )

    @cached_property
    def partner_regions(self) -> pl.DataFrame:
        """Return one row a paid, reporting or registered partner and region."""
        known = self.institution_regions.filter(pl.col("region_scheme").is_in(SCHEMES)).select(
            partner="institution_id", region_id="region_id"
        )
        named = pl.concat(
            [
                self.grants.select(partner="institution_id"),
                self.feed("initiative_participation").select(partner="institution_id"),
            ]
        ).unique()
        everywhere = named.with_columns(region_id=pl.lit(STATE))
        placed = pl.concat([known, self._member_regions(known)])
        partners = pl.concat(
            [everywhere.select("partner"), self.memberships.select(partner="partner_id")]
        ).unique()
        unplaced = partners.join(
            placed.filter(pl.col("region_id").str.starts_with("microregion")), "partner", "anti"
        )
        nowhere = [
            unplaced.with_columns(region_id=pl.lit(f"{scheme}:unplaced"))
            for scheme in ("macroregion", "microregion")
        ]
        return pl.concat([placed, everywhere, *nowhere]).unique()

    @cached_property
    def consortium_regions(self) -> pl.DataFrame:
        """Return the microregion that most reports of a consortium's last year name."""
        return (
            self.members.group_by("consortium_id", "year", "microregion")
            .len()
            .sort("year", "len", "microregion", descending=[True, True, False])
            .unique("consortium_id", keep="first", maintain_order=True)
            .select("consortium_id", "microregion")
        )

    def _member_regions(self, known: pl.DataFrame) -> pl.DataFrame:
        """Return regions of members that no registry places: those of their latest consortium."""
        joined = self.memberships.sort("joined_date").unique("partner_id", keep="last")
        placed = (
            joined.join(known, left_on="partner_id", right_on="partner", how="anti")
            .drop("microregion")
            .join(self.consortium_regions, on="consortium_id")
            .join(counties_in_regions().drop("county_fips").unique(), on="microregion")
        )
        return placed.select(partner="partner_id", region_id="region_id")

    @cached_property
    def completions(self) -> pl.DataFrame:
        """Return the first completion of high school of each person: school, year and day."""
        codes = (*DIPLOMA, *OTHER_COMPLETIONS)
        return first_completion(self.feed("k12_enrollment"), codes).rename(
            {"institution_id": "school_id", "year": "completed_in", "done_date": "completed_on"}
        )

    @cached_property
    def pathway_completions(self) -> pl.DataFrame:
        """Return the years by whose end persons had completed a pathway, and its sector."""
        rows = self.feed("k12_pathway")
        yearly = rows.group_by("person_id", "pathway_code", "year").agg(
            pl.col("courses_completed").sum(),
            done=(
                pl.col("pathway_completion_academic_year").is_not_null()
                & pl.col("capstone_grade").is_in(PASSING_LETTERS)
            ).any(),
        )
        to_date = yearly.sort("year").with_columns(
            courses=pl.col("courses_completed").cum_sum().over("person_id", "pathway_code"),
            completed=pl.col("done").cum_max().over("person_id", "pathway_code"),
        )
        sector = pl.col("pathway_code").str.head(2)
        return to_date.join(
            self.people.pathway_sector.rename({"sector_prefix": "prefix", "sector_code": "sector"}),
            left_on=sector,
            right_on="prefix",
        ).select(
            "person_id",
            "year",
            "sector",
            "courses",
            is_complete=pl.col("completed") & (pl.col("courses") >= 2),
        )


def counties_in_regions() -> pl.DataFrame:
    """Return one row a county and region of `SCHEMES`: `county_fips, microregion, region_id`."""
    county = read_counties()
    regions = (
        pl.lit(STATE),
        pl.format("macroregion:{}", "macroregion"),
        pl.format("microregion:{}", "microregion"),
    )
    return pl.concat(county.select("county_fips", "microregion", region_id=r) for r in regions)


def _partner_id(kind: pl.Expr, member: pl.Expr, name: pl.Expr) -> pl.Expr:
    def hashed(text: str) -> str:
        return "E" + hashlib.sha256(text.strip().upper().encode()).hexdigest()[:12]

    names = name.map_elements(hashed, return_dtype=pl.String)
    return pl.when(kind == "EMPLOYER").then(names).otherwise(member)


def read_inputs(home: Path) -> Inputs:
    """Return everything the reference needs from a data home and the seeds."""

    def rows(feed: str) -> pl.DataFrame:
        return read_feed(home, feed).with_columns(year=year_number("academic_year"))

    members = rows("consortium_member")
    latest = members.sort(
        "year", "member_name", "member_type_code", descending=[True, False, False]
    )
    latest = latest.unique("member_id", keep="first", maintain_order=True)
    partner = latest.select(
        "member_id",
        partner_id=_partner_id(
            pl.col("member_type_code"), pl.col("member_id"), pl.col("member_name")
        ),
        partner_type="member_type_code",
    )
    institutions = rows("institution").sort("year").unique("institution_id", keep="last")
    return Inputs(
        people=read_sources(home),
        members=members.join(partner, on="member_id"),
        grants=rows("initiative_grant"),
        demand=rows("labor_demand"),
        institutions=institutions,
    )
