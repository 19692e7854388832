"""Consortia and grants: who works together, paid by whom, until when.

Lives here: members of consortia, lines of grants. Does not: which pathways open and close with a
grant (`places`), who is served by one (`lives.services`), how it is reported.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sample_data.draws import Draws, day
from sample_data.world.fields import PATHWAY_CODES, SECTOR_NAICS, SECTORS
from sample_data.world.initiatives import FUNDING
from sample_data.world.places import World

OPEN = np.datetime64("2999-12-31", "D")

# The Career Pathways Trust began in July 2014; its last grants ended in June 2019.
TRUST_FROM, TRUST_TO = 2014, 2019
# Rounds of grants to whole institutions: initiative, first and last academic year (None goes on),
# share of institutions that get one, least and most US dollars. Windows and sums by design.
CTEIG, SWP, GP, WIOA = (
    ("CTEIG", 2015, None, 0.7, (50_000, 900_000)),
    ("SWP", 2016, None, 1.0, (200_000, 2_500_000)),
    ("GP", 2017, 2021, 0.7, (100_000, 900_000)),
    ("WIOA", 2015, None, 1.0, (500_000, 6_000_000)),
)

GrantRound = tuple[str, int, int | None, float, tuple[int, int]]


@dataclass(frozen=True)
class Collaboration:
    """What partners agree on and are paid for.

    Attributes:
        world: The places.
        members: One row a spell of membership in a consortium.
        dissolved_on: Day each consortium ended; far in the future where it goes on.
    """

    world: World
    members: pl.DataFrame
    dissolved_on: np.ndarray

    @cached_property
    def grant_lines(self) -> pl.DataFrame:
        """One row a line of a grant: for a pathway at a school, or for a whole institution."""
        lines = pl.concat([_pathway_lines(self.world), *self._institution_lines])
        running = pl.int_range(pl.len()).over("grant_id") + 1
        return lines.sort("grant_id", "institution_id", "school_id", "pathway_code").with_columns(
            grant_line=running
        )

    @cached_property
    def _institution_lines(self) -> list[pl.DataFrame]:
        world = self.world
        partners = (
            (CTEIG, world.district_ids, world.district_county),
            (SWP, world.college_ids[: world.n_community], self._community_county),
            (GP, world.college_ids[: world.n_community], self._community_county),
            (WIOA, world.board_ids, None),
        )
        return [_institution_lines(world, *partner) for partner in partners]

    @property
    def _community_county(self) -> np.ndarray:
        return self.world.college_county[: self.world.n_community]

    def has_grant(self, of: GrantRound, institution: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Return whether institutions (rows of their kind) have a grant of a round in a year."""
        return _is_granted(self.world, of, institution) & (
            (year >= of[1]) & (year <= (of[2] or 9_999))
        )


def build(world: World) -> Collaboration:
    """Return the collaboration of a synthetic state."""
    n = len(world.consortium_regions)
    draw = Draws(world.control.seed, "consortia", np.arange(n))
    ends = day(TRUST_TO - 1, 7, 1 + draw.whole("end", 0, 700))
    dissolves = draw.chance("dissolves", world.control.consortia_dissolved)
    dissolved_on = np.where(dissolves, ends, OPEN)
    return Collaboration(world, _members(world, dissolved_on), dissolved_on)


def consortium_id(row: np.ndarray | int) -> np.ndarray:
    """Return the ids of consortia: five digits."""
    return (10_001 + np.asarray(row)).astype(str)


def _members(world: World, dissolved_on: np.ndarray) -> pl.DataFrame:
    """Return spells of membership; who is in the region joins within two and a half years."""
    control = world.control
    community = world.college_county[: world.n_community]
    employer_county, employer_account = _partner_employers(world)
    kinds = (
        ("INTERMEDIARY", world.intermediary_ids, np.arange(len(world.intermediary_ids)), 1.0),
        ("DISTRICT", world.district_ids, world.county_consortium[world.district_county], 0.85),
        ("COMMUNITY_COLLEGE", world.college_ids[: world.n_community],
         world.county_consortium[community], 0.9),
        ("WORKFORCE_BOARD", world.board_ids, world.county_consortium[world.board_county], 0.7),
        ("EMPLOYER", employer_account, world.county_consortium[employer_county], 0.6),
    )  # fmt: skip
    names = dict(world.institutions.select("institution_id", "institution_name").iter_rows())
    frames = []
    for kind, ids, consortium, joins in kinds:
        draw = Draws(control.seed, f"members {kind}", np.arange(len(ids)))
        at = np.flatnonzero((consortium >= 0) & draw.chance("joins", joins))
        joined = day(TRUST_FROM, 7, 1 + draw.whole("joined", 0, 900))[at]
        if kind == "INTERMEDIARY":
            joined = np.full(len(at), day(TRUST_FROM, 7, 1))
        leaves = max(control.consortium_partners_leave, 1e-9)
        years = np.log(draw.uniform("years in"))[at] / np.log(1 - leaves)
        left = joined + np.minimum(years * 365, 90_000).astype(int) + 30
        if kind == "INTERMEDIARY":
            left = np.full(len(at), OPEN)
        ends = np.minimum(left, np.maximum(dissolved_on[consortium[at]], joined + 30))
        frames.append(
            pl.DataFrame(
                {
                    "consortium": consortium[at],
                    "member_id": ids[at].astype(str),
                    "member_name": [names.get(str(i), f"Sample Employer {i}") for i in ids[at]],
                    "member_type_code": [kind] * len(at),
                    "joined_date": joined,
                    "left_date": ends,
                    "fte": np.round(draw.uniform("fte", 0.1, 1.6)[at], 1),
                    "has_fte": draw.chance("has fte", 0.7)[at],
                }
            )
        )
    return pl.concat(frames)


def _partner_employers(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return counties and accounts of employers that may join.

    There is one a sector in the largest county of each consortium.
    """
    large = [
        int(np.flatnonzero(world.county_consortium == row)[
            world.county_population[world.county_consortium == row].argmax()])
        for row in range(len(world.consortium_regions))
    ]  # fmt: skip
    county = np.repeat(large, len(SECTORS))
    sector = np.tile(np.arange(len(SECTORS)), len(large))
    accounts = world.employer_account(county, SECTOR_NAICS[sector, 0], np.zeros(len(county), int))
    return county, accounts.astype(str)


_LINE = {
    "grant_id": pl.String, "initiative_code": pl.String, "consortium": pl.Int64,
    "institution_id": pl.String, "school_id": pl.String, "pathway_code": pl.String,
    "dollars": pl.Int64, "first_year": pl.Int64, "last_year": pl.Int64,
}  # fmt: skip


def pathway_grant_ids(world: World, school: np.ndarray, pathway: np.ndarray) -> np.ndarray:
    """Return the grant that pays for pathways at schools, empty where none does."""
    source = world.grant_of[school, pathway]
    region = world.county_consortium[world.school_county[school]]
    rounds = np.array([f"{f.initiative}-{f.round}" for f in FUNDING])[source]
    return np.where(source >= 0, np.char.add(np.char.add(rounds, "-"), consortium_id(region)), "")


def _pathway_lines(world: World) -> pl.DataFrame:
    school, pathway = np.nonzero((world.grant_of >= 0) & (world.offered_from < 9_000))
    source = world.grant_of[school, pathway]
    low, high = (np.array([f.dollars[end] for f in FUNDING])[source] for end in (0, 1))
    draw = Draws(world.control.seed, "grant lines", school * len(PATHWAY_CODES) + pathway)
    # Sums spread evenly on a logarithmic scale, in whole thousands.
    dollars = np.exp(np.log(low) + draw.uniform("dollars") * np.log(high / low))
    return pl.DataFrame(
        {
            "grant_id": pathway_grant_ids(world, school, pathway),
            "initiative_code": np.array([f.initiative for f in FUNDING])[source],
            "consortium": world.county_consortium[world.school_county[school]],
            "institution_id": world.district_ids[world.school_district[school]],
            "school_id": world.school_ids[school],
            "pathway_code": np.array(PATHWAY_CODES)[pathway],
            "dollars": (np.round(dollars / 1_000) * 1_000).astype(int),
            "first_year": np.array([f.first_year for f in FUNDING])[source],
            "last_year": np.array([f.last_year for f in FUNDING])[source],
        },
        schema=_LINE,
    )


def _is_granted(world: World, of: GrantRound, institution: np.ndarray) -> np.ndarray:
    return Draws(world.control.seed, f"grants {of[0]}", institution).chance("granted", of[3])


def _institution_lines(
    world: World, of: GrantRound, ids: np.ndarray, county: np.ndarray | None
) -> pl.DataFrame:
    """Return lines of grants to institutions; without a county they belong to no consortium."""
    rows = np.arange(len(ids))
    at = np.flatnonzero(_is_granted(world, of, rows))
    low, high = of[4]
    luck = Draws(world.control.seed, f"grants {of[0]}", at).uniform("dollars")
    region = np.full(len(at), -1) if county is None else world.county_consortium[county[at]]
    return pl.DataFrame(
        {
            "grant_id": np.char.add(f"{of[0]}-", ids[at]),
            "initiative_code": [of[0]] * len(at),
            "consortium": region,
            "institution_id": ids[at],
            "school_id": [""] * len(at),
            "pathway_code": [""] * len(at),
            "dollars": (np.round(np.exp(np.log(low) + luck * np.log(high / low)) / 1e3) * 1e3
                        ).astype(int),
            "first_year": [of[1]] * len(at),
            "last_year": [of[2] or 9_999] * len(at),
        },
        schema=_LINE,
    )  # fmt: skip
