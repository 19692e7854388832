"""Consortia, grants and regional demand: who works together, paid by whom, until when.

Lives here: members of consortia, lines of grants, demand for occupations, and who is served by a
grant. Does not: which pathways open and close with a grant (`world`), how it is reported.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sample_data.college import College
from sample_data.control import MACROREGIONS
from sample_data.draws import Draws, day
from sample_data.fields import (
    PATHWAY_CODES,
    SECTOR_NAICS,
    SECTORS,
    naics_sector,
)
from sample_data.high_school import HighSchool
from sample_data.initiatives import FUNDING, INITIATIVES
from sample_data.people import People
from sample_data.world import World

_OPEN = np.datetime64("2999-12-31", "D")
# The Career Pathways Trust began in July 2014; its last grants ended in June 2019.
_TRUST_FROM, _TRUST_TO = 2014, 2019
# Rounds of grants to whole institutions: initiative, first and last academic year (None goes on),
# share of institutions that get one, least and most US dollars. Windows and sums by design.
_CTEIG, _SWP, _GP, _WIOA = (
    ("CTEIG", 2015, None, 0.7, (50_000, 900_000)),
    ("SWP", 2016, None, 1.0, (200_000, 2_500_000)),
    ("GP", 2017, 2021, 0.7, (100_000, 900_000)),
    ("WIOA", 2015, None, 1.0, (500_000, 6_000_000)),
)
_Round = tuple[str, int, int | None, float, tuple[int, int]]


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
            (_CTEIG, world.district_ids, world.district_county),
            (_SWP, world.college_ids[: world.n_community], self._community_county),
            (_GP, world.college_ids[: world.n_community], self._community_county),
            (_WIOA, world.board_ids, None),
        )
        return [_institution_lines(world, *partner) for partner in partners]

    @property
    def _community_county(self) -> np.ndarray:
        return self.world.college_county[: self.world.n_community]

    def has_grant(self, of: _Round, institution: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Return whether institutions (rows of their kind) have a grant of a round in a year."""
        return _is_granted(self.world, of, institution) & (
            (year >= of[1]) & (year <= (of[2] or 9_999))
        )


def build(world: World) -> Collaboration:
    """Return the collaboration of a synthetic state."""
    n = len(world.consortium_regions)
    draw = Draws(world.control.seed, "consortia", np.arange(n))
    ends = day(_TRUST_TO - 1, 7, 1 + draw.whole("end", 0, 700))
    dissolves = draw.chance("dissolves", world.control.consortia_dissolved)
    dissolved_on = np.where(dissolves, ends, _OPEN)
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
        joined = day(_TRUST_FROM, 7, 1 + draw.whole("joined", 0, 900))[at]
        if kind == "INTERMEDIARY":
            joined = np.full(len(at), day(_TRUST_FROM, 7, 1))
        leaves = max(control.consortium_partners_leave, 1e-9)
        years = np.log(draw.uniform("years in"))[at] / np.log(1 - leaves)
        left = joined + np.minimum(years * 365, 90_000).astype(int) + 30
        if kind == "INTERMEDIARY":
            left = np.full(len(at), _OPEN)
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


def _is_granted(world: World, of: _Round, institution: np.ndarray) -> np.ndarray:
    return Draws(world.control.seed, f"grants {of[0]}", institution).chance("granted", of[3])


def _institution_lines(
    world: World, of: _Round, ids: np.ndarray, county: np.ndarray | None
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


_SERVED = {
    "person": pl.Int64, "year": pl.Int64, "kind": pl.String, "partner": pl.Int64,
    "grant_id": pl.String, "initiative_code": pl.String, "service_type_code": pl.String,
}  # fmt: skip


def served(
    joint: Collaboration, people: People, school: HighSchool, college: College
) -> pl.DataFrame:
    """Return who is served by which grant in which year, as partners report it.

    Returns:
        One row a person, year, grant and service: kind of the partner (district, college or board),
        its row in the world's table, the grant and the service.
    """
    control, world = joint.world.control, joint.world
    draw = people.draws("participation")
    rows = pl.concat(
        [
            _served_in_pathways(joint, school),
            _served_by_districts(joint, school),
            _served_by_colleges(joint, college),
            _served_by_boards(joint, people, school, draw),
        ]
    )
    rows = rows.filter(pl.col("year").is_between(world.control.first_ninth_grade_year,
                                                 control.last_academic_year))  # fmt: skip
    code = rows["initiative_code"].replace_strict({c: i for i, c in enumerate(INITIATIVES)})
    event = draw.at(rows["person"].to_numpy(), rows["year"].to_numpy() * 10 + code.to_numpy())
    reported = event.chance("reported", control.participation_reported)
    # Each service begins some weeks into the school year and ends before or with it.
    return (
        rows.with_columns(
            starts=pl.Series(event.whole("start", 30, 120)),
            lasts=pl.Series(event.whole("days", 60, 180)),
        )
        .filter(pl.Series(reported))
        .unique(["person", "year", "partner", "kind", "grant_id", "service_type_code"],
                keep="first", maintain_order=True)
        .sort("person", "year", "grant_id", "service_type_code")
    )  # fmt: skip


def _served_frame(rows: pl.DataFrame, **constant: object) -> pl.DataFrame:
    return rows.with_columns(
        *(pl.lit(value).alias(name) for name, value in constant.items())
    ).select(*(pl.col(name).cast(dtype) for name, dtype in _SERVED.items()))


def _served_in_pathways(joint: Collaboration, school: HighSchool) -> pl.DataFrame:
    world = joint.world
    at, pathway = (school.pathways[c].to_numpy() for c in ("school", "pathway"))
    year, source = school.pathways["year"].to_numpy(), world.grant_of[at, pathway]
    first, last = (np.array([getattr(f, n) for f in FUNDING]) for n in ("first_year", "last_year"))
    runs = (source >= 0) & (first[source] <= year) & (year <= last[source])
    rows = school.pathways.with_columns(
        partner=pl.Series(world.school_district[at]),
        grant_id=pl.Series(pathway_grant_ids(world, at, pathway)),
        initiative_code=pl.Series(np.array([f.initiative for f in FUNDING])[source]),
    ).filter(pl.Series(runs))
    return _served_frame(rows, kind="district", service_type_code="PATHWAY")


def _served_by_districts(joint: Collaboration, school: HighSchool) -> pl.DataFrame:
    world, learnt = joint.world, school.opportunities.filter(pl.col("pathway") >= 0)
    district = world.school_district[learnt["school"].to_numpy()]
    granted = joint.has_grant(_CTEIG, district, learnt["year"].to_numpy())
    rows = learnt.with_columns(
        partner=pl.Series(district),
        grant_id=pl.Series(np.char.add("CTEIG-", world.district_ids[district])),
    ).filter(pl.Series(granted))
    return _served_frame(rows, kind="district", initiative_code="CTEIG",
                         service_type_code="WORK_BASED_LEARNING")  # fmt: skip


def _served_by_colleges(joint: Collaboration, college: College) -> pl.DataFrame:
    world = joint.world
    terms = college.terms.filter(~pl.col("is_university"), pl.col("season") == "FA")
    at, year = terms["college"].to_numpy(), terms["year"].to_numpy()
    frames = []
    for of, service, who in (
        (_SWP, "COURSE", (pl.col("sector") >= 0) & pl.col("is_declared")),
        (_GP, "ADVISING", pl.col("nth") == 0),
    ):
        granted = pl.Series(joint.has_grant(of, at, year))
        rows = terms.with_columns(
            partner="college", grant_id=pl.Series(np.char.add(f"{of[0]}-", world.college_ids[at]))
        ).filter(granted & terms.select(who).to_series())
        frames.append(
            _served_frame(rows, kind="college", initiative_code=of[0], service_type_code=service)
        )
    return pl.concat(frames)


def _served_by_boards(
    joint: Collaboration, people: People, school: HighSchool, draw: Draws
) -> pl.DataFrame:
    """Return young adults in training after high school: mostly those without a diploma."""
    world = joint.world
    share = np.where(school.is_completer, 0.02, 0.12) * (1 + people.is_economically_disadvantaged)
    trained = draw.chance(
        "trained", np.where(school.in_state & (school.fate != "transition"), share, 0)
    )
    at = np.flatnonzero(trained)
    left = school.exit_date[at].astype("datetime64[Y]").astype(int) + 1970
    year = left + draw.whole("years until training", 1, 4)[at]
    board = world.county_board[world.school_county[people.school[at]]]
    granted = joint.has_grant(_WIOA, board, year)
    rows = pl.DataFrame(
        {
            "person": at,
            "year": year,
            "partner": board,
            "grant_id": np.char.add("WIOA-", world.board_ids[board]),
        }
    ).filter(pl.Series(granted))
    return _served_frame(rows, kind="board", initiative_code="WIOA", service_type_code="TRAINING")


def demand(world: World) -> pl.DataFrame:
    """Return demand for occupations by year and microregion, as the labour market office has it."""
    control = world.control
    regions = world.counties.group_by("microregion").agg(
        pl.col("population_2020").sum(),
        pl.col("macroregion").first(),
        pay=(pl.col("relative_pay") * pl.col("population_2020")).sum()
        / pl.col("population_2020").sum(),
    ).sort("microregion")  # fmt: skip
    years = range(control.first_ninth_grade_year, control.last_academic_year + 1)
    rows = []
    for place, region in enumerate(regions.iter_rows(named=True)):
        macro = MACROREGIONS.index(region["macroregion"])
        for s, sector in enumerate(SECTORS):
            for o, (soc, title, education, wage) in enumerate(sector.occupations):
                cell = (place * len(SECTORS) + s) * 10 + o
                luck = Draws(control.seed, "labor demand", np.array([cell]))
                # Twelve jobs a thousand residents in a sector of popularity 1 and even demand.
                jobs = (
                    region["population_2020"] * 0.012 * sector.popularity * world.demand[macro, s]
                )
                jobs *= float(luck.uniform("jobs", 0.5, 1.5)[0])
                turnover = float(luck.uniform("turnover", 0.07, 0.16)[0])
                rows += [
                    (year, region["microregion"], soc, title, naics_sector(sector.naics[o % 2]),
                     education, max(1, round(jobs * 1.01 ** (year - 2020))),
                     round(jobs * 1.01 ** (year - 2020) * turnover),
                     round(wage * region["pay"] * (1 + control.wage_inflation) ** (year - 2023), 2))
                    for year in years
                ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema=["year", "microregion", "soc_code", "soc_title", "naics_sector",
                "entry_education_code", "employment_count", "annual_openings",
                "median_hourly_wage_usd"],
        orient="row",
    )  # fmt: skip
